# The image holds Node and the bundle. It needs no shell.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# Source maps only serve who looks for a fault; they are made again from the same commit.
RUN npm run build:program && find dist -name '*.map' -delete && mkdir /data

FROM node:24-slim
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cordon" \
      org.opencontainers.image.description="Carries out one Microsoft Defender for Endpoint response action on a whole list of machines" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/node:24-slim"
COPY package.json LICENSE /app/
COPY --from=build /app/dist /app/dist
COPY --from=build --chown=1000:1000 /data /data

# Everything that is written goes to /data: the state to /data/cordon, reports to /data/reports, SQLite's scratch files beside them.
ENV NODE_ENV=production \
    XDG_STATE_HOME=/data \
    SQLITE_TMPDIR=/data
# No VOLUME: an unnamed one would look durable and go with the container.
WORKDIR /data

# A number, so that Kubernetes can see that it is not root.
USER 1000:1000

# Stops sending and waits up to 10 s for answers: well within the 30 s that engines wait before they kill. A kill loses nothing either.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["--help"]
