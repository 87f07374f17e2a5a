"""Portals, domains and administrations, and the base of every table that belongs to a domain.

A domain is the tenant: every tenant table carries `domain_id` as the first column of its primary key.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Func


class PricingModel(models.TextChoices):
    BUNDLE = "BUNDLE"
    MODULES = "MODULES"
    LEGACY = "LEGACY"


class Bundle(models.TextChoices):
    MINIMAL = "MINIMAL"
    SMALL = "SMALL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"
    UNLIMITED = "UNLIMITED"


class Lifecycle(models.TextChoices):
    STARTUP = "STARTUP"
    ACTIVE = "ACTIVE"
    BLOCKED = "BLOCKED"
    ARCHIVED = "ARCHIVED"
    INACTIVE = "INACTIVE"


class Workflow(models.TextChoices):
    NORMAL = "NORMAL"
    EXCLUDED = "EXCLUDED"


class Portal(models.Model):
    """An accountant's office."""

    slug = models.SlugField(unique=True)
    name = models.TextField()


class Domain(models.Model):
    """A client's environment; `slug` is its address and never changes.

    Pricing model, bundle, lifecycle and trial are four separate facts (product A4), never one status.
    """

    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="domains")
    slug = models.SlugField(unique=True)
    name = models.TextField()
    pricing_model = models.TextField(choices=PricingModel, default=PricingModel.BUNDLE)
    bundle = models.TextField(choices=Bundle, default=Bundle.MINIMAL)
    lifecycle = models.TextField(choices=Lifecycle, default=Lifecycle.STARTUP)
    is_view_only = models.BooleanField(default=False, db_default=False)
    """An inactive domain into which its Directie and Kijkgebruikers look, for a price."""
    erased_at = models.DateTimeField(null=True, blank=True)
    """When everything in it was erased for good; only its owner, `zelfboeken erase`, can say so."""
    trial_until = models.DateField(null=True, blank=True)
    is_authorised = models.BooleanField(default=False)
    authorised_until = models.DateField(null=True, blank=True)
    """The first day on which the office's permission to self-book is gone, when that was decided for later."""
    workflow = models.TextField(choices=Workflow, default=Workflow.NORMAL)
    former_workflow = models.TextField(choices=Workflow, blank=True, default="", db_default="")
    """What `workflow` was before Zelfboeken was switched on, and becomes again when it ends."""
    resumed_workflow = models.TextField(choices=Workflow, blank=True, default="", db_default="")
    """What `workflow` was when the bundle ended, and becomes again when one is bought."""
    planned_on = models.DateField(null=True, blank=True)
    """The day, always a first of the month, from which the plan below holds; nothing is planned without it."""
    planned_pricing_model = models.TextField(choices=PricingModel, blank=True, default="", db_default="")
    planned_bundle = models.TextField(choices=Bundle, blank=True, default="", db_default="")
    planned_stays = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    """Ids of the members who keep their roles when the planned bundle has fewer places."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="domain_plan_is_whole",
                condition=models.Q(
                    planned_on__isnull=False,
                    planned_on__day=1,
                    planned_bundle__in=Bundle.values,
                    planned_pricing_model__in=PricingModel.values,
                )
                | models.Q(planned_on__isnull=True, planned_bundle="", planned_pricing_model=""),
            ),
            models.CheckConstraint(
                name="domain_former_workflow_is_known",
                condition=models.Q(
                    former_workflow__in=["", *Workflow.values], resumed_workflow__in=["", *Workflow.values]
                ),
            ),
            models.CheckConstraint(
                name="domain_pricing_model_is_known", condition=models.Q(pricing_model__in=PricingModel.values)
            ),
            models.CheckConstraint(name="domain_bundle_is_known", condition=models.Q(bundle__in=Bundle.values)),
            models.CheckConstraint(
                name="domain_lifecycle_is_known", condition=models.Q(lifecycle__in=Lifecycle.values)
            ),
            models.CheckConstraint(
                name="domain_is_looked_at_only_when_inactive",
                condition=models.Q(is_view_only=False) | models.Q(lifecycle=Lifecycle.INACTIVE),
            ),
            models.CheckConstraint(
                name="domain_is_erased_only_when_inactive",
                condition=models.Q(erased_at=None) | models.Q(lifecycle=Lifecycle.INACTIVE, is_view_only=False),
            ),
            models.CheckConstraint(name="domain_workflow_is_known", condition=models.Q(workflow__in=Workflow.values)),
            models.CheckConstraint(
                name="domain_slug_is_plain", condition=models.Q(slug__regex=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def facts_on(self, day: date) -> DomainFacts:
        """What this domain is on a day, also when nobody has carried out yet what was planned for it."""
        return DomainFacts(
            pricing_model=self.pricing_model,
            bundle=self.bundle,
            lifecycle=self.lifecycle,
            trial_until=self.trial_until,
            is_authorised=self.is_authorised,
            authorised_until=self.authorised_until,
            planned_on=self.planned_on,
            planned_pricing_model=self.planned_pricing_model,
            planned_bundle=self.planned_bundle,
        ).on(day)


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """The facts of a domain on which rights and prices depend, with what is decided for later."""

    pricing_model: str
    bundle: str
    lifecycle: str
    trial_until: date | None
    is_authorised: bool
    authorised_until: date | None = None
    planned_on: date | None = None
    planned_pricing_model: str = ""
    planned_bundle: str = ""

    def on(self, day: date) -> DomainFacts:
        """The facts of a day: a plan whose day has come holds from its first second, an expired trial is Minimal."""
        found = self
        if found.trial_until is not None and day > found.trial_until:
            found = replace(found, trial_until=None, bundle=Bundle.MINIMAL)
        if found.planned_on is not None and found.planned_on <= day:
            found = replace(
                found,
                pricing_model=found.planned_pricing_model,
                bundle=found.planned_bundle,
                planned_on=None,
                planned_pricing_model="",
                planned_bundle="",
            )
        if found.authorised_until is not None and found.authorised_until <= day:
            found = replace(found, is_authorised=False, authorised_until=None)
        return found

    @property
    def is_trial(self) -> bool:
        """Whether the domain is being tried. Only of facts on a day: an expired trial is gone there."""
        return self.trial_until is not None


class NextId(Func):
    """The next id of the one sequence that numbers every tenant row."""

    template = "nextval('zb_id')"
    output_field = models.BigIntegerField()


class DomainModel(models.Model):
    """The base of every table whose rows belong to a domain: key (domain_id, id)."""

    pk = models.CompositePrimaryKey("domain_id", "id")
    # The key begins with the domain, so that it needs no index of its own.
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.BigIntegerField(db_default=NextId())

    class Meta:
        abstract = True


class DomainForeignKey(models.ForeignObject):  # type: ignore[type-arg]
    """A reference inside the same domain: joins (domain_id, <column>) to (domain_id, id).

    The column itself stands in the model, before this field. The composite foreign key in the database is made by
    `GuardTenantTables`; a scan proves that it is there.
    """

    def __init__(self, to: Any, column: str = "", *, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs.setdefault("from_fields", ["domain", column])
        kwargs.setdefault("to_fields", ["domain", "id"])
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete, **kwargs)

    @property
    def id_column(self) -> str:
        """The name of the column that holds the other row's id."""
        return str(self.from_fields[1])


class VatRegime(models.TextChoices):
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"


class Administration(DomainModel):
    """One set of books inside a domain, with its own chain of entries."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.TextField()
    enterprise_number = models.TextField(blank=True)
    vat_number = models.TextField(blank=True)
    vat_regime = models.TextField(choices=VatRegime, default=VatRegime.QUARTERLY)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "public_id"], name="administration_public_id_is_unique"),
            models.UniqueConstraint(
                fields=["domain"], condition=models.Q(is_default=True), name="administration_default_is_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name
