# The catalogue in one image; docker-compose.yml runs it as web and as worker.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/mediacatalog
COPY requirements.lock .
RUN /opt/mediacatalog/bin/pip install --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md ./
COPY templates templates
COPY src src
RUN /opt/mediacatalog/bin/pip install --no-deps --no-build-isolation . \
    && /opt/mediacatalog/bin/python -c "from mediacatalog.articles.mentions import gazetteer; gazetteer.load()"

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg libgl1 libglib2.0-0 \
       tesseract-ocr tesseract-ocr-ara tesseract-ocr-rus \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --no-create-home mediacatalog \
    && install -d -o mediacatalog -g mediacatalog /data /media-in
COPY --from=build /opt/mediacatalog /opt/mediacatalog
ENV PATH=/opt/mediacatalog/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MEDIACATALOG_DATA=/data \
    MEDIACATALOG_MEDIA=/media-in \
    MEDIACATALOG_HOST=0.0.0.0
USER mediacatalog
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s \
    CMD ["mediacatalog", "doctor", "--ready"]
CMD ["mediacatalog", "serve"]
