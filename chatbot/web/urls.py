"""The bot's pages among the staff's."""

from django.urls import path

from chatbot.web import again_page, gap_pages, model_page, placing_pages, site_pages, start_pages, views

app_name = "chatbot"
urlpatterns = [
    path("test-question/", views.test_question, name="test_question"),
    path("turn/<int:pk>/again/", again_page.page, name="again"),
    path("model/", model_page.page, name="model"),
    path("strictness/", views.strictness, name="strictness"),
    path("strictness/<slug:slug>/choose/", views.choose_strictness, name="choose_strictness"),
    path("strictness/counterexample/<int:pk>/", views.add_counterexample, name="add_counterexample"),
    path("your-site/", site_pages.sites, name="sites"),
    path("your-site/<slug:slug>/", site_pages.site, name="site"),
    path("your-site/<slug:slug>/progress/", site_pages.progress, name="site_progress"),
    path("your-site/<slug:slug>/<slug:verb>/act/", site_pages.act, name="site_act"),
    path("your-site/<slug:slug>/look/", placing_pages.look, name="site_look"),
    path("your-site/<slug:slug>/preview/", placing_pages.preview_of, name="site_preview"),
    path("your-site/<slug:slug>/seen/", placing_pages.seen, name="site_seen"),
    path("start/", start_pages.starts, name="starts"),
    path("start/<int:pk>/", start_pages.start, name="start"),
    path("start/<int:pk>/progress/", start_pages.progress, name="start_progress"),
    path("start/suggestion/<int:pk>/<slug:verb>/", start_pages.act, name="start_act"),
    path("gaps/", gap_pages.overview, name="gaps"),
    path("gaps/<int:pk>/", gap_pages.cluster, name="gap_cluster"),
    path("gaps/<int:pk>/act/", gap_pages.act, name="gap_act"),
    path("gaps/<slug:slug>/words/", gap_pages.join_words, name="join_words"),
]
