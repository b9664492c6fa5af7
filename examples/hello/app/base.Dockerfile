# Debian's busybox-static as an image: nothing is pulled.
FROM scratch
COPY busybox /bin/busybox
ENV PATH=/bin
# As the first process of a container busybox ignores SIGTERM; a restart would take 11 s.
STOPSIGNAL SIGKILL
