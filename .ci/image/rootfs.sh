#!/bin/sh
# Lays out the file system of the image: Node with the libraries that it is linked to, the compiled program, its runtime
# dependencies, an unprivileged user, and nothing else: no shell, no package manager.
#   rootfs.sh DEST     from the top of a checkout in which `npm ci` and `npm run build` have run
set -eu
dest=$1
node=$(node -p process.execPath)

mkdir -p "$dest/app" "$dest/etc" "$dest/tmp" "$dest/usr/local/bin"
chmod 755 "$dest"
chmod 1777 "$dest/tmp"
cp "$node" "$dest/usr/local/bin/node"
# Every library that the binary is linked to, at its own path, the dynamic loader among them.
ldd "$node" | grep -o '/[^ )]*' | sort -u | while read -r library; do
  mkdir -p "$dest$(dirname "$library")"
  cp -L "$library" "$dest$library"
done
printf 'root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n' > "$dest/etc/passwd"
printf 'root:x:0:\nnonroot:x:65532:\n' > "$dest/etc/group"

cp -R dist package.json package-lock.json "$dest/app/"
npm ci --prefix "$dest/app" --omit=dev --ignore-scripts --no-audit --no-fund
rm -rf "$dest/app/package-lock.json" "$dest/app/node_modules/.bin" "$dest/app/node_modules/.package-lock.json"
# Whoever builds it, whenever, gets the same bytes.
find "$dest" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
