using System.IO;
using System.Text;
using Lr2vq.Diagnostics;

namespace Lr2vq.Tool.Output;

/// <summary>What commands write to: names in it may come from hostile files, so nothing but line ends and tabs reaches a terminal as a command.</summary>
internal sealed class PrintableWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value)
    {
        if (value is '\n' or '\r' or '\t' || !PrintableText.IsEscaped(value)) inner.Write(value);
        else inner.Write(PrintableText.Of(value.ToString()));
    }

    public override void Write(char[] buffer, int index, int count)
    {
        for (int i = index; i < index + count; i++) Write(buffer[i]);
    }

    public override void Write(string? value)
    {
        foreach (char c in value ?? "") Write(c);
    }

    public override void Flush() => inner.Flush();
}
