"""The Celery application. Tasks are started by `queue.after_commit`, never by `.delay()`."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "freelance_hub.settings")

from freelance_hub import metrics  # noqa: F401  counts tasks as they end
from freelance_hub.tenancy.celery import TenantTask, install

app = Celery("freelance_hub", task_cls=TenantTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
install(app)  # type: ignore[arg-type]  # the stubs know no sub-class here
app.steps["worker"].add(DjangoStructLogInitStep)
