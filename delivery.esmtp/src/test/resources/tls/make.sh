#!/bin/sh
# Makes the certificates of the tests anew (OpenSSL 3). The keys are of no use anywhere else.
set -e
cd "$(dirname "$0")"
work=$(mktemp -d)
rm -f -- *.key *.pem
ends=21190101000000Z

cat > "$work/conf" <<END
[ca]
default_ca = d
[d]
database = $work/index
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = p
unique_subject = no
[p]
organizationName = optional
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[plain]
END

key() { # name
  test -f "$1.key" || openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}
issue() { # name, subject, section, end, further arguments
  name=$1; subject=$2; section=$3; end=$4; shift 4
  : > "$work/index"
  openssl rand -hex 8 > "$work/serial"
  key "$name"
  openssl req -new -key "$name.key" -subj "$subject" -out "$work/request"
  openssl ca -batch -notext -config "$work/conf" -in "$work/request" -out "$name.pem" \
    -startdate 20200101000000Z -enddate "$end" -extensions "$section" "$@"
}
authority() { # name, common name
  key "$1"
  issue "$1" "/O=Tests/CN=$2" authority $ends -selfsign -keyfile "$1.key"
}
leaf() { # name, common name, DNS name, end
  printf '[%s]\nsubjectAltName = DNS:%s\n' "$1" "$3" >> "$work/conf"
  issue "$1" "/O=Tests/CN=$2" "$1" "$4" -cert ca.pem -keyfile ca.key
  cat ca.pem >> "$1.pem"
}

authority ca "Test CA"
authority other "Other CA"
leaf mx mx.destination.example mx.destination.example $ends
leaf wild wild "*.destination.example" $ends
leaf wrong mx.destination.example mx.elsewhere.example $ends
leaf expired mx.destination.example mx.destination.example 20210101000000Z
leaf client client.example client.example $ends
openssl genrsa -traditional -out rsa.key 2048
leaf rsa mx.destination.example mx.destination.example $ends
issue common /O=Tests/CN=mx.destination.example plain $ends -cert ca.pem -keyfile ca.key
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out self.key
issue self /O=Tests/CN=self plain $ends -selfsign -keyfile self.key
rm -r "$work"
