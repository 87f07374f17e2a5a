"""The addresses of the help centre: wiring only."""

from django.urls import path

from zelfboeken.help.views import answers, article, handle_answer, index

urlpatterns = [
    path("", index, name="help"),
    path("antwoorden/", answers, name="help_answers"),
    path("antwoorden/<int:feedback_id>/", handle_answer, name="help_handle"),
    path("<slug:slug>/", article, name="help_article"),
]
