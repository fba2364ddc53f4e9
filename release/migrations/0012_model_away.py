from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("release", "0011_trials")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="away",
            field=models.BooleanField(
                default=False,
                help_text="It stopped because the model was left out: it says nothing about the release.",
            ),
        ),
    ]
