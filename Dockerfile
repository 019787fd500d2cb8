# knoop, serving against a Neo4j that is already there. docker-compose.yml brings one.

FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY service service
COPY cypher cypher
RUN python -m venv /opt/knoop \
    && /opt/knoop/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --constraint constraints.txt .

FROM python:3.12-slim
COPY --from=build /opt/knoop /opt/knoop
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/knoop knoop \
    && install --directory --owner knoop /var/cache/knoop
ENV PATH=/opt/knoop/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    KNOOP_HOME=/var/lib/knoop \
    KNOOP_CACHE=/var/cache/knoop \
    KNOOP_HOST=0.0.0.0 \
    KNOOP_PORT=8080
USER knoop
# The files of the page at /graphql, so that a container needs no network but Neo4j's.
RUN python -c "from pathlib import Path; from service.embedded import fetch_pages; fetch_pages(Path('/var/cache/knoop'))"
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/health/ready', timeout=4)"]
ENTRYPOINT ["knoop"]
CMD ["serve"]
