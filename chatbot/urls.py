"""The bot's pages among the staff's."""

from django.urls import path

from chatbot import gap_pages, views

app_name = "chatbot"
urlpatterns = [
    path("test-question/", views.test_question, name="test_question"),
    path("strictness/", views.strictness, name="strictness"),
    path("strictness/<slug:slug>/choose/", views.choose_strictness, name="choose_strictness"),
    path("strictness/counterexample/<int:pk>/", views.add_counterexample, name="add_counterexample"),
    path("gaps/", gap_pages.overview, name="gaps"),
    path("gaps/<int:pk>/", gap_pages.cluster, name="gap_cluster"),
    path("gaps/<int:pk>/act/", gap_pages.act, name="gap_act"),
]
