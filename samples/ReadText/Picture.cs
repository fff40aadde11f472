namespace ReadText;

/// <summary>Pixels of three bytes: red, green, blue; row by row.</summary>
internal sealed record Picture(int Width, int Height, byte[] Pixels)
{
    public byte this[int x, int y, int channel] => Pixels[(y * Width + x) * 3 + channel];
}
