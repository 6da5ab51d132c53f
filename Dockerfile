# One image for every process: `manage.py serve`, `run_clock`, `migrate`; docker-compose.yml says how.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# Before the code, so that a change of the code installs nothing again. All of them are wheels.
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary :all: -r requirements.lock

COPY . .
# Modules are compiled once, here: the processes may not write.
RUN python -m compileall -q /app && useradd --system --uid 10001 kmarket
# By its number: some want to see that it is not 0.
USER 10001

# The address that its own network sees; nothing is published from here.
ENV BIND_ADDR=0.0.0.0 BIND_PORT=8080
EXPOSE 8080
# Of a web process; docker-compose.yml has another one, or none, for each of the others.
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/api/v1/readyz', timeout=3)"]
CMD ["python", "manage.py", "serve"]
