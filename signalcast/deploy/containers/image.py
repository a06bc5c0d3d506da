"""How the images are built: from this tree and its locked requirements, in two steps."""

from __future__ import annotations

#: The bases may be others, one with Python 3.11 and Debian or what is made of it:
#: `--build-arg PYTHON_IMAGE=...`.
DOCKERFILE = """\
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG FRONT_IMAGE=debian:bookworm-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /srv/signalcast/release
COPY requirements/base.txt requirements/
RUN python3 -m venv .venv \\
 && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \\
    --require-hashes --only-binary :all: -r requirements/base.txt
COPY pyproject.toml README.md LICENSE ./
COPY requirements requirements
COPY signalcast signalcast
ENV SIGNALCAST_HOME=/srv/signalcast/home
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \\
    --no-deps --no-build-isolation --editable . \\
 && .venv/bin/signalcast collectstatic --noinput --verbosity 0 \\
 && .venv/bin/python -m compileall -q signalcast .venv \\
 && .venv/bin/python -m pip uninstall --yes --quiet pip \\
 && rm -rf /srv/signalcast/home/*.key /srv/signalcast/home/*.sqlite3 \\
 && chmod -R a+rX /srv/signalcast/home/static \\
 && install -d -m 0700 /srv/signalcast/home/run /srv/signalcast/home/log

FROM ${FRONT_IMAGE} AS front
# No version is named: the archive keeps the newest alone, which has what was mended.
# hadolint ignore=DL3008
RUN apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \\
    curl libnginx-mod-http-brotli-static nginx-light \\
 && rm -rf /var/cache/apt/* /var/lib/apt/lists/* /etc/nginx/sites-enabled /var/log/nginx/*
COPY --from=build /srv/signalcast/home/static /srv/signalcast/static
COPY containers/front /
# www-data, which also owns the places of its package.
USER 33:33
EXPOSE 8080 8443
STOPSIGNAL SIGQUIT
ENTRYPOINT ["sh", "/usr/local/bin/signalcast-front"]

FROM ${PYTHON_IMAGE} AS signalcast
RUN groupadd --gid 10001 signalcast \\
 && useradd --uid 10001 --gid 10001 --home-dir /srv/signalcast/home --no-create-home \\
    --shell /usr/sbin/nologin signalcast
COPY --from=build /srv/signalcast/release /srv/signalcast/release
COPY --from=build --chown=10001:10001 /srv/signalcast/home /srv/signalcast/home
ENV SIGNALCAST_HOME=/srv/signalcast/home \\
    SIGNALCAST_HOST=0.0.0.0 \\
    PATH=/srv/signalcast/release/.venv/bin:/usr/local/bin:/usr/bin:/bin \\
    PYTHONDONTWRITEBYTECODE=1 \\
    PYTHONUNBUFFERED=1 \\
    MALLOC_ARENA_MAX=2
USER 10001:10001
WORKDIR /srv/signalcast/home
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-I", "-c", \\
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=3)"]
ENTRYPOINT ["signalcast"]
CMD ["web"]
"""

#: What is sent to the builder: nothing but what the image has, so that no secret gets in.
IGNORED = """\
*
!pyproject.toml
!README.md
!LICENSE
!requirements
!signalcast
!containers
**/__pycache__
**/tests
**/.env
"""
