# syntax=docker/dockerfile:1
# Fovea's command line on a Java runtime. From a source tree:
#
#   docker build -t fovea .
#   docker run --rm --network none --read-only --tmpfs /tmp:exec -v "$PWD/photos:/photos:ro" -v "$PWD/runs:/work/runs" \
#     fovea train --data /photos
#
# Only the build needs the network. A run writes to /work/runs, and to /tmp, which must allow execution: native
# libraries are unpacked there.

FROM eclipse-temurin:21-jdk AS build
WORKDIR /source
COPY . .
RUN ./mvnw -B -q -Prelease -Dquick -DskipTests -pl app -am package \
    && mkdir /fovea \
    && tar -xzf app/target/quick/fovea-*-linux-x86_64.tar.gz -C /fovea --strip-components=1

FROM eclipse-temurin:21-jre
RUN groupadd --gid 10001 fovea \
    && useradd --uid 10001 --gid fovea --create-home --home-dir /work fovea
COPY --from=build /fovea /opt/fovea
ENV PATH=/opt/fovea/bin:$PATH \
    FOVEA_JAVA_OPTS="-Dorg.bytedeco.javacpp.cachedir=/tmp/fovea -Djna.tmpdir=/tmp" \
    XDG_CACHE_HOME=/tmp
# The first start writes an archive of loaded classes beside lib/, which later starts read.
RUN fovea --version
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["fovea"]
CMD ["--help"]
