from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("register", "0003_documents")]

    operations = [
        migrations.AddField(
            model_name="declaration",
            name="once",
            field=models.BooleanField(default=False),
        ),
    ]
