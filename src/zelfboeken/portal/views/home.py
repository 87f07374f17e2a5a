"""The front door: where a signed-in user goes, and whether the service is up."""

from django.contrib.auth.views import redirect_to_login
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from zelfboeken.access.office import portals_of
from zelfboeken.access.services import domains_of
from zelfboeken.portal.pages import Link, Refused


def home(request: HttpRequest) -> HttpResponse:
    """To the office for its staff, else to the first domain of the user by name; who has neither is told so."""
    if not request.user.is_authenticated or request.user.pk is None:
        return redirect_to_login(request.get_full_path())
    if portals_of(user_id=request.user.pk):
        return HttpResponseRedirect(reverse("office"))
    choices = domains_of(user_id=request.user.pk)
    if choices:
        return HttpResponseRedirect(reverse("start", args=[choices[0].slug]))
    page = Refused(
        status=403,
        title=_("You have no domain yet"),
        text=_("Nobody gave you access to a domain. Ask your accountant or the management."),
        button=Link(_("Sign out"), reverse("account_logout")),
    )
    return render(request, "refused.html", {"refused": page}, status=403)


def healthy(request: HttpRequest) -> HttpResponse:
    """200 when the database answers; a broken one is an error of the server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return HttpResponse("ok", content_type="text/plain")
