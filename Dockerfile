# docker buildx build --platform linux/amd64,linux/arm64 --tag NAME --push .
#
# Any image with Node 26, glibc and libatomic can be the base.
ARG BUILD_IMAGE=node:26-trixie-slim
ARG BASE_IMAGE=node:26-trixie-slim

# Runs on the builder's own machine, whatever the image is for: the bundle is the same for all, and koffi is prebuilt.
FROM --platform=${BUILDPLATFORM} ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
# Without the packages' scripts: all that they would do is fetch another Node.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
ARG TARGETARCH
RUN node scripts/image-root.ts /image "${TARGETARCH}"

FROM ${BASE_IMAGE}
COPY --from=build /image/ /
# As deploy/chart runs it: root, with no capability but NET_RAW. It says why.
USER 0:0
EXPOSE 9797
# Before the threads of V8 have arenas of their own, where what they free stays (docs/decisions/0007).
ENV MALLOC_ARENA_MAX=1
# SIGUSR1 would open the inspector of Node, to all of the node.
ENTRYPOINT ["node", "--disable-sigusr1", "/opt/vipwatch/dist/vipwatch.js"]
CMD ["run"]
