"""Users and what they were given: membership of domains and portals, roles, assignments.

Reference data without row security: it says who may enter which domain, and is read before one is open.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.crypto import salted_hmac

from zelfboeken.access.rights import TICKABLE, PortalRole, Role
from zelfboeken.tenancy.models import Domain, Portal


class UserManager(BaseUserManager["User"]):
    """Makes users by mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who signs in with this address; the password is hashed with argon2."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. Django's own permissions are not used: rights come from roles."""

    email = models.EmailField(unique=True)
    name = models.TextField(blank=True)
    language = models.CharField(max_length=2, default="nl")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    sessions_version = models.PositiveIntegerField(default=0)
    """Goes up when his sessions end: one that was opened under a former number is over at its next request (INV-23)."""

    owes_second_factor: bool = False
    """Whether he is staff of an office without a second factor, as `access.sessions` found with this request."""

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What Django compares with each request: it ends a session with another password, and ours with each end."""
        salt = "zelfboeken.access.models.User.session"
        return salted_hmac(
            salt, f"{self.password}|{self.sessions_version}", secret=secret, algorithm="sha256"
        ).hexdigest()


class AccountEvent(models.Model):
    """Something that happened to an account: signing in, a password, a second factor, an address (INV-24).

    It belongs to no domain. Append-only; the account is kept by id and address, so that the log outlives it.
    """

    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    """Whose account; None when nobody has the address that was tried."""
    email = models.TextField(blank=True)
    action = models.TextField()
    detail = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)
    device = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["user_id", "-at"], name="account_event_by_time")]


class Member(models.Model):
    """A user of a domain. Without `reaches_all` he reaches only the administrations he was granted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="members")
    is_owner = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    reaches_all = models.BooleanField(default=True)
    backoffice_asked_from = models.DateTimeField(null=True)
    """Before this moment a Directie user who said "later" is not asked again who gets the role Backoffice."""
    is_backoffice_limited = models.BooleanField(default=False, db_default=False)
    """Whether also his role Backoffice stays within the administrations he was granted; else it reaches all."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="member_is_limited_to_granted_administrations",
                condition=models.Q(is_backoffice_limited=False) | models.Q(reaches_all=False),
            ),
            models.UniqueConstraint(fields=["user", "domain"], name="member_is_once_in_a_domain"),
            models.UniqueConstraint(fields=["domain"], condition=models.Q(is_owner=True), name="domain_has_one_owner"),
        ]


class AdministrationGrant(models.Model):
    """A member who does not reach all administrations reaches this one."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="grants")
    administration_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "administration_id"], name="administration_is_granted_once")
        ]


class RoleAssignment(models.Model):
    """A role of a member. It is suspended or withdrawn, never deleted; who gave it and when stays."""

    class State(models.TextChoices):
        ACTIVE = "ACTIVE"
        SUSPENDED = "SUSPENDED"
        WITHDRAWN = "WITHDRAWN"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="roles")
    role = models.TextField(choices=[(role.value, role.value) for role in Role])
    state = models.TextField(choices=State, default=State.ACTIVE)
    suspended_because = models.TextField(blank=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "role"],
                condition=~models.Q(state="WITHDRAWN"),
                name="role_is_given_once",
            ),
            models.CheckConstraint(name="role_is_known", condition=models.Q(role__in=[role.value for role in Role])),
            models.CheckConstraint(
                name="role_suspension_has_a_reason",
                condition=models.Q(state="SUSPENDED") ^ models.Q(suspended_because=""),
            ),
        ]


class PortalMember(models.Model):
    """A member of an office's staff."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="portal_memberships")
    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="members")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "portal"], name="member_is_once_in_a_portal")]


class PortalRoleAssignment(models.Model):
    """A portal role of a member of the staff."""

    member = models.ForeignKey(PortalMember, on_delete=models.PROTECT, related_name="roles")
    role = models.TextField(choices=[(role.value, role.value) for role in PortalRole])
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "role"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="portal_role_is_given_once",
            ),
            models.CheckConstraint(
                name="portal_role_is_known", condition=models.Q(role__in=[role.value for role in PortalRole])
            ),
        ]


class DomainAssignment(models.Model):
    """A domain that a member of the staff looks after."""

    class Task(models.TextChoices):
        RESPONSIBLE = "RESPONSIBLE"
        BACKUP = "BACKUP"
        CONTROLLER = "CONTROLLER"
        ACCOUNT_MANAGER = "ACCOUNT_MANAGER"

    member = models.ForeignKey(PortalMember, on_delete=models.PROTECT, related_name="assignments")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="assignments")
    task = models.TextField(choices=Task)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "domain", "task"], name="domain_is_assigned_once"),
        ]


class TickedRight(models.Model):
    """A right marked `t` that the office gave a role in one domain. Without the row the role has it not."""

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="ticked_rights")
    role = models.TextField()
    right = models.TextField()
    ticked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ticked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "role", "right"], name="right_is_ticked_once"),
            models.CheckConstraint(
                name="right_may_be_ticked",
                condition=models.Q(
                    *(models.Q(role=role, right=right.value) for role, right in sorted(TICKABLE)),
                    _connector=models.Q.OR,
                ),
            ),
        ]


class Invitation(models.Model):
    """An address that was asked into a domain or onto the staff of a portal, by a link that works once.

    The link itself is nowhere stored, only what it hashes to.
    """

    token_sha256 = models.BinaryField(max_length=32, unique=True)
    email = models.EmailField()
    language = models.CharField(max_length=2, default="nl")
    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="+")
    """The portal of the domain, or the one whose staff he joins."""
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, null=True, related_name="invitations")
    portal_role = models.TextField(choices=[(role.value, role.value) for role in PortalRole], blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_is_for_a_domain_or_for_the_staff",
                condition=models.Q(domain__isnull=False, portal_role="")
                | models.Q(domain__isnull=True, portal_role__in=[role.value for role in PortalRole]),
            ),
            models.CheckConstraint(
                name="invitation_ends_once",
                condition=models.Q(accepted_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="invitation_is_accepted_by_somebody",
                condition=models.Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["domain", "email"], name="invitation_by_domain"),
            models.Index(fields=["portal", "email"], name="invitation_by_portal"),
        ]


class SavedView(models.Model):
    """A view of the Backoffice monitor that a member of the staff keeps: what its address says, under a name."""

    member = models.ForeignKey(PortalMember, on_delete=models.CASCADE, related_name="saved_views")
    name = models.TextField()
    query = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "name"], name="saved_view_name_is_once"),
            models.CheckConstraint(name="saved_view_has_a_name", condition=~models.Q(name="")),
        ]


class OwnerTransfer(models.Model):
    """Another owner for a domain: offered by the owner, or named by the office with a reason. It ends once.

    Both sides confirm: the new owner accepts; the owner offered it himself, agrees, or lets the days to object pass.
    """

    class Outcome(models.TextChoices):
        DONE = "DONE"
        WITHDRAWN = "WITHDRAWN"
        DECLINED = "DECLINED"
        OBJECTED = "OBJECTED"

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="owner_transfers")
    from_member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    to_member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_by_office = models.BooleanField()
    reason = models.TextField(blank=True)
    proposed_at = models.DateTimeField()
    holds_from = models.DateTimeField()
    """Before this moment the owner may object; from then on his silence is consent."""
    agreed_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.TextField(choices=Outcome, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain"], condition=models.Q(outcome=""), name="owner_transfer_is_one_at_a_time"
            ),
            models.CheckConstraint(
                name="owner_transfer_goes_to_another",
                condition=models.Q(from_member__isnull=True) | ~models.Q(from_member=models.F("to_member")),
            ),
            models.CheckConstraint(
                name="owner_transfer_ends_once",
                condition=models.Q(outcome="", ended_at__isnull=True)
                | models.Q(outcome__in=["DONE", "WITHDRAWN", "DECLINED", "OBJECTED"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="owner_transfer_of_the_office_has_a_reason",
                condition=models.Q(is_by_office=False) | ~models.Q(reason=""),
            ),
            models.CheckConstraint(
                name="owner_transfer_is_done_when_accepted",
                condition=~models.Q(outcome="DONE") | models.Q(accepted_at__isnull=False),
            ),
        ]


class CutOverDay(models.Model):
    """From which day the old "Backoffice toegang" is gone in a portal; without a row it is `legacy.CUT_OVER_ON`."""

    portal = models.OneToOneField(Portal, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()


class CutOver(models.Model):
    """The old "Backoffice toegang" of a portal replaced by Zelfboeken, at once for all its guests."""

    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["portal"], condition=models.Q(undone_at__isnull=True), name="cut_over_stands_once"
            ),
            models.CheckConstraint(
                name="cut_over_is_undone_by_somebody",
                condition=models.Q(undone_at__isnull=True, undone_by__isnull=True)
                | models.Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        ]


class LegacyGrant(models.Model):
    """The old "Backoffice toegang" of a guest to one domain, kept as it was, with the day from which it is gone."""

    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="+")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="legacy_grants")
    email = models.EmailField()
    name = models.TextField(blank=True)
    granted_on = models.DateField()
    ends_on = models.DateField()
    """The first day without it."""
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    """When its import was undone."""
    invited_at = models.DateTimeField(null=True)
    cut_over = models.ForeignKey(CutOver, on_delete=models.PROTECT, null=True, related_name="grants")
    did_switch_on = models.BooleanField(default=False)
    """Whether the cut-over switched Zelfboeken on in its domain, so that undoing it switches it off again."""
    did_end_guest = models.BooleanField(default=False)
    """Whether the cut-over took the portal role of guest from him."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "email"], condition=models.Q(withdrawn_at__isnull=True), name="legacy_grant_is_once"
            ),
            models.CheckConstraint(
                name="legacy_grant_began_before_it_ends", condition=models.Q(granted_on__lt=models.F("ends_on"))
            ),
        ]
        indexes = [models.Index(fields=["email"], name="legacy_grant_by_email")]
