"""Customers and suppliers: shared by all administrations of a domain (product A1)."""

import uuid

from django.db import models

from zelfboeken.access.models import User
from zelfboeken.tenancy.models import DomainForeignKey, DomainModel


class Contact(DomainModel):
    """A customer, a supplier, or both. Numbers are stored in their plain form, and found by them."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.TextField()
    enterprise_number = models.TextField(blank=True)
    vat_number = models.TextField(blank=True)
    country = models.TextField(blank=True)
    street = models.TextField(blank=True)
    postcode = models.TextField(blank=True)
    city = models.TextField(blank=True)
    email = models.TextField(blank=True)
    purchase_account_code = models.TextField(blank=True)
    """The GL account a person chose for this supplier; empty when none was chosen."""
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    """The user of the domain that this contact is: what he is owed is his own claim."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "public_id"], name="contact_public_id_is_unique"),
            models.UniqueConstraint(
                fields=["domain", "enterprise_number"],
                condition=~models.Q(enterprise_number=""),
                name="contact_enterprise_number_is_once",
            ),
            models.UniqueConstraint(
                fields=["domain", "vat_number"], condition=~models.Q(vat_number=""), name="contact_vat_number_is_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContactBankAccount(DomainModel):
    """A bank account that a contact uses."""

    contact_id = models.BigIntegerField()
    contact = DomainForeignKey(Contact, "contact_id")
    iban = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "iban", "contact_id"], name="contact_iban_is_once"),
        ]
