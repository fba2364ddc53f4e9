"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from chatbot.web import exchange, files, full_page, playground, script, thread_page, views
from config import health, metrics

handler400 = "config.refused.bad_request"
handler500 = "config.refused.server_error"

urlpatterns = [
    path("", views.demo, name="demo"),
    path("help/<str:slug>", views.article, name="demo-article"),
    path("demo/widget/", playground.page, name="demo-playground"),
    path("demo/sign-in/", views.sign_in, name="demo-sign-in"),
    path("t/<str:signed>", thread_page.page, name="thread"),
    path("w/v1.js", script.first, name="widget"),
    path("w/more.js", script.more, name="widget-more"),
    path("w/v1/files", files.hand_in, name="widget-files"),
    path("w/v1/file/<str:signed>", files.fetch, name="widget-file"),
    path("w/v1/frames", exchange.frames, name="widget-frames"),
    path("w/<slug:slug>", full_page.page, name="full"),
    path("admin/", include("config.signin.urls")),  # before the admin's own: it signs in and out here
    path("admin/", include("chatbot.web.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.page),
]
