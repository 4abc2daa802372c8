# For the build recipes beside it, which source this file: packages of a Debian release or architecture other than the machine's own.
# They come through an apt root of their own, so the machine's apt never learns about them; apt checks the archive's signature and hashes.

# apt_root FOLDER TYPE SUITE [ARCHITECTURE]: makes FOLDER an apt root for deb or deb-src packages of SUITE from the machine's own mirror.
# Then `apt-get "${apt_options[@]}" ...` works in it.
apt_root() {
  local root=$1 mirror
  mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
  : > "$root/status"
  mirror=$(sed -n 's/^URIs: *//p; s/^deb  *\(\[[^]]*\] *\)\{0,1\}\(http[^ ]*debian\) .*/\2/p' \
             /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)   # one of the two files may be missing
  printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$2" "${mirror:-http://deb.debian.org/debian}" "$3" > "$root/s.sources"
  apt_options=(-o Dir::Etc::SourceList="$root/s.sources" -o Dir::Etc::SourceParts=/dev/null -o Dir::State="$root"
               -o Dir::State::Lists="$root/lists" -o Dir::State::status="$root/status" -o Dir::Cache="$root/cache"
               -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3)
  [ -z "${4:-}" ] || apt_options+=(-o APT::Architecture="$4" -o APT::Architectures="$4")
  apt-get "${apt_options[@]}" update
}
