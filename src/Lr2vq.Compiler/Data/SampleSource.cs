using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Pictures;
using Lr2vq.Plans;

namespace Lr2vq.Data;

/// <summary>A file of data as samples of one input, read when they are asked for.</summary>
internal abstract class SampleSource(string file)
{
    public string File { get; } = file;

    /// <summary>How many samples it holds.</summary>
    public abstract int Count { get; }

    /// <summary>A sample, in the shape and type of the input.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public abstract NpyFile Read(int index);
}

/// <summary>A picture: one sample.</summary>
internal sealed class PictureSource : SampleSource
{
    private readonly PictureReader _reader;

    /// <exception cref="InvalidDataException">The file is no picture.</exception>
    public PictureSource(string file, PictureReader reader) : base(file)
    {
        PictureFile.CheckBeginning(file);
        _reader = reader;
    }

    public override int Count => 1;

    public override NpyFile Read(int index) => _reader.Read(File);
}

/// <summary>Sound: as many samples as the input's length goes into it, or one where the input takes any length.</summary>
internal sealed class SoundSource : SampleSource
{
    /// <summary>Ten minutes at 48 kHz.</summary>
    private const long MaxLength = 10 * 60 * 48_000;

    private readonly WavFile _sound;
    private readonly int _length;
    private readonly int _rank;

    /// <exception cref="InvalidDataException">The file is damaged, or the input takes no sound.</exception>
    public SoundSource(string file, PlanPort port) : base(file)
    {
        if (!TakesSound(port)) throw new InvalidDataException($"the input [{string.Join(',', port.Shape)}] of {port.Type} takes no sound");
        _sound = WavFile.Open(file);
        _rank = port.Shape.Count;
        if (_sound.Length == 0) throw new InvalidDataException("it holds no samples");
        Dimension length = port.Shape[^1];
        if (!length.IsConstant && _sound.Length > MaxLength) throw new InvalidDataException($"it has {_sound.Length:N0} samples, which is too much for one input; the most is {MaxLength:N0}");
        _length = length.IsConstant ? checked((int)length.Value) : (int)_sound.Length;
        // What is shorter than the input goes in with silence behind it.
        Count = (int)Math.Clamp(_sound.Length / Math.Max(1, _length), 1, FilePattern.MaxFiles);
    }

    public override int Count { get; }

    /// <summary>[samples], [1, samples] or [1, 1, samples] of floats.</summary>
    public static bool TakesSound(PlanPort port) => port is { Type: ElementType.Float32, Shape.Count: >= 1 and <= 3 }
        && port.Shape.Take(port.Shape.Count - 1).All(d => !d.IsConstant || d.Value == 1);

    public override NpyFile Read(int index)
    {
        float[] samples = new float[_length];
        long first = (long)index * _length;
        _sound.Read(first, samples.AsSpan(0, (int)Math.Min(_length, _sound.Length - first)));
        int[] shape = [.. Enumerable.Repeat(1, _rank - 1), _length];
        return new NpyFile(ElementType.Float32, shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(samples).ToArray());
    }
}
