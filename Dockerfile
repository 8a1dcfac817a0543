# Two stages: wheels are built in the first, and the second holds only what runs. Every download is checked by hash.
FROM python:3.11-slim AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock .
RUN python -m venv /opt/pra \
 && /opt/pra/bin/pip install --require-hashes --only-binary :all: -r requirements.lock \
 && printf '#!/opt/pra/bin/python\nfrom app.cli.main import run\n\nrun()\n' > /opt/pra/bin/pra \
 && chmod 0755 /opt/pra/bin/pra

FROM python:3.11-slim
# One numbered person without a shell or a home: nothing here can be written but the two volumes.
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin pra \
 && install -d -o pra -g pra -m 0700 /srv/pra/var
WORKDIR /srv/pra
COPY --from=build /opt/pra /opt/pra
COPY alembic.ini ./
COPY migrations ./migrations
COPY app ./app
# Each document that is read, and each copy of one, has a process of its own, which would compile all of it again.
RUN /opt/pra/bin/python -m compileall -q app
ENV PATH=/opt/pra/bin:$PATH PYTHONPATH=/srv/pra PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER pra
VOLUME ["/srv/pra/var", "/tmp"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4).read()"]
# Keys and the database are made once, on purpose: `docker run … init`. Serving never makes them.
ENTRYPOINT ["pra"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
