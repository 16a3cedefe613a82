# Lines "edge APP ENVIRONMENT RUNNING", each followed by HAProxy's CSV of "show stat", and lines
# "app APP ENVIRONMENT RELEASE SLOT NAME RUNNING RESTARTS OOM HEALTH" become Prometheus' text format.
# Columns of the CSV are found by name: releases of HAProxy add some.
function put(name, labels, value) { rows[name] = rows[name] name "{" labels "} " value "\n" }
function of(name) { return $(column[name]) + 0 }
function responses(metric, labels,   i) {
  for (i = 1; i <= 5; i++) put(metric, labels ",code=\"" i "xx\"", of("hrsp_" i "xx"))
}
function flag(word) { return word == "true" ? 1 : 0 }

/^edge / {
  FS = ","
  split($0, word, " ")
  edge = "app=\"" word[2] "\",environment=\"" word[3] "\""
  put("seatrial_edge_up", edge, flag(word[4]))
  next
}
/^app / {
  split($0, word, " ")
  sub(/^\//, "", word[6])
  labels = "app=\"" word[2] "\",environment=\"" word[3] "\",release=\"" word[4] "\",slot=\"" word[5] "\",name=\"" word[6] "\""
  put("seatrial_container_running", labels, flag(word[7]))
  put("seatrial_container_restarts_total", labels, word[8] + 0)
  put("seatrial_container_oom_killed", labels, flag(word[9]))
  put("seatrial_container_unhealthy", labels, word[10] == "unhealthy" ? 1 : 0)
  next
}
/^# / {
  sub(/^# /, "")
  n = split($0, head, ",")
  for (i = 1; i <= n; i++) column[head[i]] = i
  next
}
$1 == "public" && $2 == "FRONTEND" {
  put("seatrial_edge_requests_total", edge, of("req_tot"))
  put("seatrial_edge_sessions", edge, of("scur"))
  responses("seatrial_edge_responses_total", edge)
  next
}
$1 == "app" && $2 == "BACKEND" {
  put("seatrial_edge_queue", edge ",server=\"\"", of("qcur"))
  put("seatrial_edge_weight", edge, of("weight"))
  next
}
# Places that are free have the address that is never asked, and are in maintenance.
$1 == "app" && $2 != "" && $(column["status"]) !~ /^MAINT/ {
  server = edge ",slot=\"" substr($2, 1, 1) "\",server=\"" $2 "\""
  put("seatrial_edge_server_weight", server, of("weight"))
  put("seatrial_edge_server_response_seconds", server, of("rtime") / 1000)
  put("seatrial_edge_queue", edge ",server=\"" $2 "\"", of("qcur"))
  responses("seatrial_edge_server_responses_total", server)
}

END {
  help["seatrial_edge_up"] = "gauge Whether the container of the edge runs."
  help["seatrial_edge_requests_total"] = "counter Requests that came to the edge."
  help["seatrial_edge_sessions"] = "gauge Connections of clients that are open."
  help["seatrial_edge_responses_total"] = "counter Answers by class of status, the edge's own included."
  help["seatrial_edge_queue"] = "gauge Requests that wait for a container (max-connections)."
  help["seatrial_edge_weight"] = "gauge Weight of all containers that get traffic; 0: nobody is served."
  help["seatrial_edge_server_weight"] = "gauge Share of the traffic that a container gets, as HAProxy's weight."
  help["seatrial_edge_server_response_seconds"] = "gauge Mean time to answer of the last 1024 requests."
  help["seatrial_edge_server_responses_total"] = "counter Answers of one container by class of status."
  help["seatrial_container_running"] = "gauge Whether a container of a release runs; old ones are stopped on purpose."
  help["seatrial_container_restarts_total"] = "counter Restarts of a container by Docker."
  help["seatrial_container_oom_killed"] = "gauge Whether its last end was a kill for lack of memory."
  help["seatrial_container_unhealthy"] = "gauge Whether Docker calls it unhealthy."
  for (name in help) {
    if (!(name in rows)) continue
    split(help[name], word, " ")
    text = substr(help[name], length(word[1]) + 2)
    printf "# HELP %s %s\n# TYPE %s %s\n%s", name, text, name, word[1], rows[name]
  }
}
