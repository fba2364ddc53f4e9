"""Sites that have a live release speak its words in a crisis, too."""

from django.db import migrations


def publish(apps, schema_editor):
    site = apps.get_model("handrail_sites", "Site")
    for release in apps.get_model("release", "Release").objects.filter(state="live"):
        for each in site.objects.filter(pk=release.site_id).exclude(published={}):
            words = {**each.published, "crisis": release.body.get("crisis", "")}
            site.objects.filter(pk=each.pk).update(published=words)


class Migration(migrations.Migration):
    dependencies = [("release", "0008_folders"), ("handrail_sites", "0010_published_crisis")]
    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
