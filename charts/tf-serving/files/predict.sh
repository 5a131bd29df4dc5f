# Asks a model server for a prediction over REST, or for the metadata of its model, with bash alone.
# HOST, PORT, MODEL: whom; BODY: the request, empty for the metadata; EXPECT: what the answer must hold, white
# space aside, because servers differ in it.
set -euo pipefail
LC_ALL=C
if [ -n "${BODY}" ]; then
  request="POST /v1/models/${MODEL}:predict"
else
  request="GET /v1/models/${MODEL}/metadata"
fi
exec 3<>"/dev/tcp/${HOST}/${PORT}"
printf '%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
  "${request}" "${HOST}" "${#BODY}" "${BODY}" >&3
answer=$(cat <&3)
printf '%s %s\n%s\n' "${request}" "${BODY}" "${answer}"
case "${answer}" in
  "HTTP/1.1 200"*) ;;
  *) echo "the model was not served" >&2; exit 1 ;;
esac
packed=${answer//[[:space:]]/}
wanted=${EXPECT//[[:space:]]/}
case "${packed}" in
  *"${wanted}"*) ;;
  *) echo "the answer lacks: ${EXPECT}" >&2; exit 1 ;;
esac
