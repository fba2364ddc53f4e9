"""The bot's pages among the staff's."""

from django.urls import path

from chatbot import views

app_name = "chatbot"
urlpatterns = [path("test-question/", views.test_question, name="test_question")]
