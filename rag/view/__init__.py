"""What the front ends show: events and rows -> texts, HTML and marks. Free of Gradio and Streamlit; does no I/O."""
