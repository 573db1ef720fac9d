# The portal as web process, worker or command: compose.yaml says which. Built from the hashed locks.
FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/opt/portal/bin:$PATH
WORKDIR /srv/portal

COPY requirements.txt requirements-workbench.txt ./
RUN python -m venv /opt/portal \
 && pip install --no-cache-dir --disable-pip-version-check --require-hashes \
      -r requirements.txt -r requirements-workbench.txt

COPY wsgi.py gunicorn.conf.py ./
COPY portal portal
COPY templates templates
COPY static static
COPY migrations migrations

# Its data lies in a volume, for its owner alone; of the program it can write nothing.
RUN useradd --system --uid 10001 --no-create-home portal && install -d -o portal -g portal -m 0700 /data
USER portal
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "wsgi:app"]
# Asked under the portal's own name: production answers no other.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import os; from urllib.parse import urlsplit; from urllib.request import Request, urlopen; urlopen(Request('http://127.0.0.1:8000/healthz', headers={'Host': urlsplit(os.environ['BASE_URL']).netloc}), timeout=4)"]
