# The provider, as `idp serve` runs it. Two stages: what builds is not what runs.

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/idp
WORKDIR /src
COPY requirements.lock ./
RUN /opt/idp/bin/python -m pip install --quiet --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md ./
COPY idp ./idp
RUN /opt/idp/bin/python -m pip install --quiet --no-deps --no-build-isolation . \
    && /opt/idp/bin/python -m pip uninstall --quiet --yes setuptools pip

FROM python:3.12-slim
# Nothing that installs or compiles stays in the image that faces the network.
# A volume mounted for the first time takes over the directory's owner.
RUN python -m pip uninstall --quiet --yes pip \
    && groupadd --system --gid 10001 idp \
    && useradd --system --uid 10001 --gid idp --home-dir /srv/idp --shell /usr/sbin/nologin idp \
    && install --directory --owner=idp --group=idp --mode=0700 /srv/idp/var /srv/idp/secrets \
    && install --directory --owner=idp --group=idp --mode=0755 /certificates
COPY --from=build /opt/idp /opt/idp
WORKDIR /srv/idp
COPY pyproject.toml clients.yaml ./
COPY migrations ./migrations
COPY deploy ./deploy
COPY examples ./examples
ENV PATH=/opt/idp/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
VOLUME /srv/idp/var
HEALTHCHECK --interval=10s --timeout=4s --start-period=15s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready', timeout=3)"]
CMD ["idp", "serve", "--host", "0.0.0.0", "--port", "8000"]
