"""Sites that have a live release begin to speak its words."""

from django.db import migrations

WORDS = ("wording", "disclosure", "contact")


def publish(apps, schema_editor):
    site = apps.get_model("handrail_sites", "Site")
    for release in apps.get_model("release", "Release").objects.filter(state="live"):
        words = {name: release.body[name] for name in WORDS}
        site.objects.filter(pk=release.site_id).update(published=words)


class Migration(migrations.Migration):
    dependencies = [("release", "0006_gate_rules"), ("handrail_sites", "0006_published_words")]
    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
