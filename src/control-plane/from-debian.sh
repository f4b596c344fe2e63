#!/usr/bin/env bash
# Makes the binaries of a control plane out of what Debian 12 publishes, for machines that reach nothing else:
# kube-apiserver and kube-controller-manager are compiled from Debian's source package of Kubernetes, etcd and kubectl come
# from its packages.
#
#   from-debian.sh WORK OUT
#
# WORK is an existing folder for intermediate files (about 3 GB); OUT is created and then holds etcd, kube-apiserver,
# kube-controller-manager and kubectl. Nothing is installed: packages are unpacked below WORK, so neither root nor a changed system is needed.
# Takes about five minutes on two cores. Progress goes to standard error.
set -euo pipefail
WORK=$(cd "$1" && pwd)
OUT=$2

step() { echo "$1" >&2; }
fail() { echo "$1" >&2; exit 1; }
# Runs a noisy command; its output is shown only when it fails.
quietly() {
  if ! "$@" >"$WORK/output" 2>&1; then
    tail -n 40 "$WORK/output" >&2
    fail "this failed: $*"
  fi
}

. /etc/os-release
if [ "${ID:-}" != debian ] || [ "${VERSION_ID:-}" != 12 ]; then
  fail "needs Debian 12, whose Kubernetes and Go fit together: this is ${PRETTY_NAME:-an unknown system}"
fi
for tool in apt-get dpkg-deb tar sed awk; do
  command -v "$tool" >/dev/null || fail "needs the command $tool"
done

# apt with lists and archives of its own, reading the machine's Debian sources, source packages included.
step '[1/5] reading the package lists of Debian'
APT=$WORK/apt
mkdir -p "$APT/sources" "$APT/state/lists/partial" "$APT/cache/archives/partial"
for file in /etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] || continue
  # Stanzas, separated by empty lines: those of Debian itself, each made to offer packages and sources.
  awk -v RS= -v ORS='\n\n' '/(^|\n)URIs:[^\n]*debian/ && !/(^|\n)Enabled: *no/' "$file" |
    sed 's/^Types:.*/Types: deb deb-src/' >"$APT/sources/$(basename "$file")"
done
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$file" ] || continue
  awk '$1 == "deb" && /debian/ { print; $1 = "deb-src"; print }' "$file" >"$APT/sources/$(basename "$file" .list).list"
done
cat >"$APT/apt.conf" <<EOF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$APT/sources";
Dir::State "$APT/state";
Dir::State::status "/dev/null";
Dir::Cache "$APT/cache";
Acquire::Languages "none";
APT::Sandbox::User "";
EOF
export APT_CONFIG=$APT/apt.conf DEBIAN_FRONTEND=noninteractive
quietly apt-get -q update

step '[2/5] downloading Go, etcd, kubectl and the sources of Kubernetes'
mkdir "$APT/packages" "$APT/root" "$WORK/kubernetes"
cd "$APT/packages"
quietly apt-get -q download golang-1.19-go golang-1.19-src golang-github-modern-go-reflect2-dev etcd-server kubernetes-client
for package in ./*.deb; do
  dpkg-deb -x "$package" "$APT/root"
done
quietly apt-get -q source --download-only kubernetes
case $(echo kubernetes_*.orig.tar.gz) in
  kubernetes_*really1.20.2.orig.tar.gz) VERSION=1.20.2 ;;
  *) fail "knows Kubernetes 1.20.2 only: Debian now has $(echo kubernetes_*)" ;;
esac
tar xzf kubernetes_*.orig.tar.gz -C "$WORK/kubernetes" --strip-components=1

# Kubernetes 1.20 builds in the old way, from a workspace named by GOPATH.
export GOROOT=$APT/root/usr/lib/go-1.19 GOPATH=$WORK/gopath GOCACHE=${GOCACHE:-$WORK/gocache}
export CGO_ENABLED=0 GO111MODULE=off GOFLAGS= PATH=$APT/root/usr/lib/go-1.19/bin:$PATH
mkdir -p "$GOPATH/src/k8s.io"
ln -s "$WORK/kubernetes" "$GOPATH/src/k8s.io/kubernetes"
cd "$GOPATH/src/k8s.io/kubernetes"

step '[3/5] fitting Kubernetes 1.20 to Go 1.19'
# The vendored reflect2 1.0.1 faults under Go 1.18 and later when it walks a map; Debian packages the repaired 1.0.2.
rm -rf vendor/github.com/modern-go/reflect2
cp -rL "$APT/root/usr/share/gocode/src/github.com/modern-go/reflect2" vendor/github.com/modern-go/reflect2
# Under Go 1.16 and later the schema validator takes "" for null: it compares two reflect.Values, and the pointers to
# their zero values now coincide. With the Go that 1.20 shipped with, that half of the condition was never true.
NULL_CHECK='data == nil || reflect.DeepEqual(reflect.Zero(reflect.TypeOf(data)), reflect.ValueOf(data))'
for file in vendor/k8s.io/kube-openapi/pkg/validation/validate/type.go vendor/github.com/go-openapi/validate/type.go; do
  sed -i "s/$NULL_CHECK/data == nil/" "$file"
  grep -q 'if data == nil {' "$file" || fail "cannot repair the null check of $file: its text is not the one known"
done

step '[4/5] generating the OpenAPI definitions'
quietly go build -o "$WORK/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
PACKAGES=$(
  grep -rl '+k8s:openapi-gen=' --include='*.go' vendor/k8s.io/*/ pkg |
    grep -vE 'code-generator|sample-apiserver|_test\.go|zz_generated' |
    xargs -n1 dirname | LC_ALL=C sort -u | sed 's#^#k8s.io/kubernetes/#' | paste -sd,
)
quietly "$WORK/openapi-gen" --logtostderr -v 0 -i "$PACKAGES" -p k8s.io/kubernetes/pkg/generated/openapi \
  -O zz_generated.openapi -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r "$WORK/violations"

step '[5/5] compiling kube-apiserver and kube-controller-manager (a few minutes)'
mkdir -p "$OUT"
VARIABLES=k8s.io/kubernetes/vendor/k8s.io/component-base/version
quietly go build -trimpath -o "$OUT/" \
  -ldflags "-s -w -X $VARIABLES.gitVersion=v$VERSION -X $VARIABLES.gitMajor=1 -X $VARIABLES.gitMinor=20" \
  ./cmd/kube-apiserver ./cmd/kube-controller-manager
cp "$APT/root/usr/bin/etcd" "$APT/root/usr/bin/kubectl" "$OUT/"
"$OUT/kube-apiserver" --version >&2
