# Either front end: `docker build -t folio .`, then `docker run -p 7860:7860 -v folio:/data folio` for the page with the HTTP
# API, or `docker run -p 8501:8501 -v folio:/data folio streamlit` for the second front end.
FROM python:3.11-slim-bookworm

WORKDIR /app
COPY packages.txt ./
RUN apt-get update \
    && xargs -a packages.txt apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 folio \
    && install -d -o folio -g folio /data

COPY requirements-lock.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements-lock.txt

COPY --chown=folio:folio . .
USER folio
ENV FOLIO_DATA=/data FOLIO_HOST=0.0.0.0 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 7860 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", ".ci/health.py"]
ENTRYPOINT ["/app/.ci/start"]
CMD ["page"]
