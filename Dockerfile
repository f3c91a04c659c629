# pyggcr in a container, from the wheels in dist/ (`make wheels ARGS=x86_64`):
#
#   docker build -t pyggcr .
#   docker run --rm --user "$(id -u)" -v "$PWD:/work" pyggcr doctor app.tar
#
ARG BASE=python:3.13-slim
FROM ${BASE} AS install
COPY dist/*.whl /wheels/
RUN python3 -m venv /opt/pyggcr \
    && /opt/pyggcr/bin/pip install --no-cache-dir --disable-pip-version-check --find-links /wheels --only-binary :all: pyggcr \
    && /opt/pyggcr/bin/python -m pip uninstall --yes --quiet pip

FROM ${BASE}
COPY --from=install /opt/pyggcr /opt/pyggcr
ENV PATH=/opt/pyggcr/bin:$PATH PYGGCR_HINTS=0
WORKDIR /work
USER 65532:65532
ENTRYPOINT ["pyggcr"]
CMD ["--help"]
