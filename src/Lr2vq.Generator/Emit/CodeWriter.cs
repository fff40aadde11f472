using System.Text;

namespace Lr2vq.Generator;

/// <summary>Lines of C# with indentation; always LF, so that the text is the same on every system.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Appends a line; an empty one has no blanks.</summary>
    public CodeWriter Line(string line = "")
    {
        if (line.Length > 0) _text.Append(' ', _depth * 4).Append(line);
        _text.Append('\n');
        return this;
    }

    /// <summary>Opens a block after a line.</summary>
    public CodeWriter Open(string line)
    {
        Line(line);
        Line("{");
        _depth++;
        return this;
    }

    /// <summary>Closes a block.</summary>
    public CodeWriter Close()
    {
        _depth--;
        return Line("}");
    }

    /// <summary>A line one step further in.</summary>
    public CodeWriter Inner(string line)
    {
        _depth++;
        Line(line);
        _depth--;
        return this;
    }

    public override string ToString() => _text.ToString();
}
