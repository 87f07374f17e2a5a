"""Root addresses: wiring only."""

from django.urls import URLPattern, URLResolver, include, path

from zelfboeken.portal.views.home import healthy

urlpatterns: list[URLPattern | URLResolver] = [
    path("gezond/", healthy, name="healthy"),
    path("help/", include("zelfboeken.help.urls")),
    path("account/", include("zelfboeken.portal.account_urls")),
    path("", include("zelfboeken.portal.urls")),
]

handler400 = "zelfboeken.portal.errors.bad_request"
handler403 = "zelfboeken.portal.errors.forbidden"
handler404 = "zelfboeken.portal.errors.not_found"
handler429 = "zelfboeken.portal.errors.too_many"  # allauth's
handler500 = "zelfboeken.portal.errors.failed"
