# yusuan in an image of its own and nothing else: one static binary, the certificate authorities, two folders. Not root.
#
#   docker build -t yusuan .
#   docker run --rm -v "$PWD:/pdfs:ro" yusuan extract /pdfs/2024.pdf
#
# It runs with a read-only root: what it writes goes to /tmp, /var/cache/yusuan (compiled code of the PDF engine, worth a
# volume) and, where it is given no servers, /var/lib/yusuan.

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/yusuan ./cmd/yusuan && \
    mkdir -p /out/owned/tmp /out/owned/var/cache/yusuan /out/owned/var/lib/yusuan

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/yusuan /usr/local/bin/yusuan
COPY --from=build --chown=65532:65532 /out/owned/ /
ENV YUSUAN_DATA=/var/lib/yusuan YUSUAN_CACHE=/var/cache/yusuan
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/yusuan"]
CMD ["--help"]
