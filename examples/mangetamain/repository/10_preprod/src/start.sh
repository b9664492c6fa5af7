# Stands for `uv run streamlit run …`, with static files served: the page, and the commit beside it.
busybox mkdir -p /page/app/static
busybox cp /app/src/index.html /page/index.html
echo "$COMMIT" > /page/app/static/commit.txt
echo "started as $APP_ENV" > /app/logs/started
exec busybox httpd -f -p 8501 -h /page
