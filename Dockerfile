# The bot alone: no compiler, no pip, no simulator in what runs. Everything it writes goes to /data.
# Python 3.11 is what every test runs on.
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv .venv
RUN .venv/bin/pip install --disable-pip-version-check --require-hashes -r requirements/runtime.txt
COPY bot bot
COPY handlers handlers
COPY storage storage
RUN .venv/bin/python -m compileall -q bot handlers storage

FROM python:3.11-slim
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /data kakunin && install -d -o kakunin -g kakunin -m 700 /data
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8080
USER kakunin
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:%s/healthz' % os.environ['PORT'], timeout=3)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve"]
