"""What Streamlit runs for each look at the page. As good as empty: the processes that read documents start by importing
the main module, which in a Streamlit server is this file.
"""

if __name__ == "__main__":
    from ui_streamlit import main

    main()
