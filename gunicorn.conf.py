"""What ``gunicorn wsgi:app`` reads by itself where it is started beside this file."""

from portal.serving.framing import STRICT
from portal.serving.patient import CONNECTIONS

worker_class = "portal.serving.patient.PatientWorker"  # slow clients keep nobody (docs/adr/0021)
worker_connections = CONNECTIONS
graceful_timeout = 25  # seconds that requests under way get when it stops
header_map, forwarder_headers = STRICT["header_map"], STRICT["forwarder_headers"]
forwarded_allow_ips = STRICT["forwarded_allow_ips"]
