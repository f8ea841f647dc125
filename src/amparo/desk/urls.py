"""Every route of the desk. Each has a line in `access.ROUTES`."""

from __future__ import annotations

from amparo.desk.begin.urls import urlpatterns as begin
from amparo.desk.cases.urls import urlpatterns as cases
from amparo.desk.home.urls import urlpatterns as home
from amparo.desk.matching.urls import urlpatterns as matching
from amparo.desk.people.urls import urlpatterns as people
from amparo.desk.protection.urls import urlpatterns as protection
from amparo.desk.reading.urls import urlpatterns as reading
from amparo.desk.register.urls import urlpatterns as register
from amparo.desk.signin.urls import urlpatterns as signin

urlpatterns = [*begin, *signin, *home, *people, *register, *matching, *reading, *cases, *protection]
handler404 = "amparo.desk.signin.views.absent"
handler400 = "amparo.desk.signin.views.malformed"
