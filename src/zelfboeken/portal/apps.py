"""The portal, and what it hears from the library that signs people in."""

from functools import partial

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Listens to changes of second factors, so that each is logged where it happens."""

    name = "zelfboeken.portal"

    def ready(self) -> None:
        """Connect the listeners."""
        from allauth.mfa.models import Authenticator
        from allauth.mfa.signals import authentication_failed
        from django.db.models.signals import post_delete, post_save

        from zelfboeken.portal.accounts import factor_changed, factor_refused

        post_save.connect(partial(factor_changed, happened="added"), sender=Authenticator, weak=False)
        post_delete.connect(partial(factor_changed, happened="removed"), sender=Authenticator, weak=False)
        authentication_failed.connect(factor_refused)
