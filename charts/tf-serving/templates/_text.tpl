{{/* A scalar as text. A whole number that came as a float keeps all its digits: 1000000 and not 1e+06. */}}
{{- define "tf-serving.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) -}}
{{- printf "%.0f" . -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{/* A map with all values as text, as JSON. */}}
{{- define "tf-serving.texts" -}}
{{- $texts := dict -}}
{{- range $key, $value := . -}}
{{- $_ := set $texts $key (include "tf-serving.text" $value) -}}
{{- end -}}
{{- toJson $texts -}}
{{- end -}}

{{/*
Lines of a map of texts. What toYaml cannot write (control characters) or would write so that a reader loses some of it
(the line break U+0085, line breaks at the end) stands in double quotes with escapes.
*/}}
{{- define "tf-serving.textMap" -}}
{{- $printable := " -~\\x{A0}-\\x{2027}\\x{202A}-\\x{D7FF}\\x{E000}-\\x{FEFE}\\x{FF00}-\\x{FFFD}\\x{10000}-\\x{10FFFF}" -}}
{{- $plain := printf "^([\\n%s]*[%s])?$" $printable $printable -}}
{{- $lines := list -}}
{{- range $key, $value := . -}}
{{- if regexMatch $plain $value -}}
{{- $lines = append $lines (dict $key $value | toYaml) -}}
{{- else -}}
{{- $lines = append $lines (printf "%q: %+q" $key $value) -}}
{{- end -}}
{{- end -}}
{{- join "\n" $lines -}}
{{- end -}}

{{/* Doubles each `$`: the kubelet expands $(NAME) in arguments and variables, and halves doubled ones. */}}
{{- define "tf-serving.verbatim" -}}
{{- . | replace "$" "$$" -}}
{{- end -}}

{{/*
Units (bytes, cores) that a quantity such as 500m, 2.5Gi or 4 amounts to, as text without exponent, times `times`.
Takes a dict: quantity, times.
*/}}
{{- define "tf-serving.units" -}}
{{- $constants := include "tf-serving.constants" . | fromJson -}}
{{- $text := include "tf-serving.text" .quantity -}}
{{- $number := regexFind "^[0-9.]+" $text | float64 -}}
{{- $factor := get $constants.quantityFactors (regexFind "[A-Za-z]*$" $text) -}}
{{- mulf $number $factor .times | ceil | printf "%.0f" -}}
{{- end -}}

{{/* Bytes as a quantity with the largest binary suffix that keeps it whole. */}}
{{- define "tf-serving.bytes" -}}
{{- $mebibytes := div (int64 .) 1048576 -}}
{{- if eq (mod $mebibytes 1048576) 0 -}}
{{- printf "%dTi" (div $mebibytes 1048576) -}}
{{- else if eq (mod $mebibytes 1024) 0 -}}
{{- printf "%dGi" (div $mebibytes 1024) -}}
{{- else -}}
{{- printf "%dMi" $mebibytes -}}
{{- end -}}
{{- end -}}

{{/* A string literal of the text form of protocol buffers: ASCII alone, other bytes as three octal digits. */}}
{{- define "tf-serving.protoString" -}}
{{- $text := . -}}
{{- if not (regexMatch "^[ !#-\\[\\]-~]*$" $text) -}}
{{- $parts := list -}}
{{- range $char := splitList "" $text -}}
{{- if regexMatch "^[ !#-\\[\\]-~]$" $char -}}
{{- $parts = append $parts $char -}}
{{- else if has $char (list "\"" "\\") -}}
{{- $parts = append $parts (printf "\\%s" $char) -}}
{{- else -}}
{{- range $byte := regexFindAll ".." (printf "%x" $char) -1 -}}
{{- $parts = append $parts (printf "\\%03o" (int64 (printf "0x%s" $byte))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $text = join "" $parts -}}
{{- end -}}
{{- printf "\"%s\"" $text -}}
{{- end -}}
