using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;

namespace Lr2vq.Tool.Work;

/// <summary>Collects the values of a network's inputs from files, pictures and random numbers.</summary>
internal sealed class InputValues(IReadOnlyList<PlanPort> ports, DiagnosticBag bag)
{
    private const long MaxRandomBytes = 1L << 31;
    private readonly NpyFile?[] _values = new NpyFile?[ports.Count];
    private readonly int[]?[] _shapes = new int[ports.Count][];
    private readonly string[] _files = new string[ports.Count];

    /// <summary>For pictures.</summary>
    public PictureScaling? Scaling { get; init; }

    /// <summary>Null: an input without a value is an error.</summary>
    public int? RandomSeed { get; init; }

    /// <param name="words"><c>NAME=1,3,48,320</c>.</param>
    public void TakeShapes(IEnumerable<string> words)
    {
        foreach (string word in words)
        {
            if (Split(word, out string shape) is not { } index) continue;
            string[] parts = shape.Split(',', 'x');
            int[] extents = new int[parts.Length];
            bool good = true;
            for (int i = 0; i < parts.Length; i++) good &= int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out extents[i]);
            if (good) _shapes[index] = extents;
            else bag.Add(DiagnosticCatalogue.OptionListInvalid.At(default, "--shape", word, "x=1,3,48,320"));
        }
    }

    /// <param name="words"><c>NAME=FILE</c>.</param>
    public void TakeFiles(IEnumerable<string> words)
    {
        foreach (string word in words)
        {
            if (Split(word, out string file) is not { } index) continue;
            _files[index] = file;
            try
            {
                _values[index] = PictureFile.IsPictureName(file) ? ReadPicture(ports[index], file) : NpyFile.Read(file);
                if (_values[index]!.Type != ports[index].Type) Refuse(index, file, $"it holds {_values[index]!.Type}, the input wants {ports[index].Type}");
                else if (_values[index]!.Shape.Length != ports[index].Shape.Count)
                    Refuse(index, file, $"it has the shape [{string.Join(',', _values[index]!.Shape)}], the input wants [{string.Join(',', ports[index].Shape)}]");
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or NotSupportedException or OverflowException)
            {
                Refuse(index, file, problem.Message.TrimEnd('.'));
            }
        }
    }

    /// <summary>Fills what has no value yet; false if there is a diagnostic of severity error.</summary>
    public bool Finish()
    {
        for (int i = 0; i < ports.Count; i++)
        {
            if (_values[i] is not null) continue;
            if (RandomSeed is { } seed) _values[i] = MakeRandom(i, seed + i);
            else bag.Add(DiagnosticCatalogue.InputMissing.At(default, ports[i].Name, $"{ports[i].Type} [{string.Join(',', ports[i].Shape)}]"));
        }
        return !bag.HasErrors;
    }

    /// <summary>Gives the values to a session; false, with a diagnostic, if it does not take them.</summary>
    public bool TryGive(ModelSession session)
    {
        for (int i = 0; i < ports.Count; i++)
        {
            try
            {
                session.SetInputBytes(i, _values[i]!.Bytes, _values[i]!.Shape);
            }
            catch (ArgumentException problem)
            {
                Refuse(i, _files[i] ?? "--shape", problem.Message.Split(" (Parameter")[0].TrimEnd('.'));
            }
        }
        return !bag.HasErrors;
    }

    /// <summary>The input that <c>NAME=…</c> names; a name may hold equals signs.</summary>
    private int? Split(string word, out string value)
    {
        for (int i = 0; i < ports.Count; i++)
            if (word.StartsWith(ports[i].Name + "=", StringComparison.Ordinal))
            {
                value = word[(ports[i].Name.Length + 1)..];
                return i;
            }
        value = word;
        if (ports.Count == 1 && !word.Contains('=')) return 0;
        bag.Add(DiagnosticCatalogue.InputUnknown.At(default, word.Split('=')[0], string.Join(", ", ports.Select(p => p.Name))));
        return null;
    }

    private void Refuse(int index, string file, string why) =>
        bag.Add(DiagnosticCatalogue.InputUnreadable.At(new DiagnosticPlace(file), file, ports[index].Name, why));

    private NpyFile ReadPicture(PlanPort port, string file)
    {
        IReadOnlyList<Dimension> shape = port.Shape;
        bool planes = shape.Count == 4 && IsChannels(shape[1]), pixels = shape.Count == 4 && IsChannels(shape[3]);
        if (!planes && !pixels || port.Type != ElementType.Float32)
            throw new InvalidDataException($"the input [{string.Join(',', shape)}] of {port.Type} takes no picture");
        int channels = (int)(planes ? shape[1] : shape[3]).Value;
        PixelImage image = PictureFile.Read(file).WithChannels(channels);
        Dimension height = planes ? shape[2] : shape[1], width = planes ? shape[3] : shape[2];
        if (height.IsConstant && height.Value != image.Height || width.IsConstant && width.Value != image.Width)
            throw new InvalidDataException($"it has {image.Width} x {image.Height} pixels, the input wants {width} x {height}");
        float[] values = (Scaling ?? new PictureScaling(0, 1, [0], [1])).Apply(image, planes);
        return new NpyFile(ElementType.Float32, planes ? [1, channels, image.Height, image.Width] : [1, image.Height, image.Width, channels],
            MemoryMarshal.AsBytes<float>(values).ToArray());
    }

    private static bool IsChannels(Dimension dimension) => dimension.IsConstant && dimension.Value is 1 or 3;

    private NpyFile? MakeRandom(int index, int seed)
    {
        PlanPort port = ports[index];
        int[]? shape = _shapes[index];
        // A lone symbol in front is the batch, one picture will do; other symbols have to be chosen.
        if (shape is null && port.Shape.Skip(1).All(d => d.IsConstant)) shape = [.. port.Shape.Select(d => d.IsConstant ? checked((int)d.Value) : 1)];
        if (shape is null)
        {
            bag.Add(DiagnosticCatalogue.InputMissing.At(default, port.Name, $"{port.Type} [{string.Join(',', port.Shape)}]; give its --shape"));
            return null;
        }
        double length = shape.Aggregate(1.0, (product, extent) => product * extent) * ElementTypes.ByteLength(port.Type);
        if (length > MaxRandomBytes || port.Type is ElementType.String)
        {
            bag.Add(DiagnosticCatalogue.OptionListInvalid.At(default, "--shape", $"{port.Name}={string.Join(',', shape)}", "x=1,3,48,320"));
            return null;
        }
        byte[] bytes = new byte[(int)length];
        Random random = new(seed);
        if (port.Type == ElementType.Float32)
            foreach (ref float value in MemoryMarshal.Cast<byte, float>(bytes.AsSpan())) value = random.NextSingle() * 2 - 1;
        else if (port.Type == ElementType.Float64)
            foreach (ref double value in MemoryMarshal.Cast<byte, double>(bytes.AsSpan())) value = random.NextDouble() * 2 - 1;
        else if (port.Type == ElementType.Float16)
            foreach (ref Half value in MemoryMarshal.Cast<byte, Half>(bytes.AsSpan())) value = (Half)(random.NextSingle() * 2 - 1);
        else
            for (int i = 0; i < bytes.Length; i += ElementTypes.ByteLength(port.Type)) bytes[i] = (byte)random.Next(2);
        return new NpyFile(port.Type, shape, bytes);
    }
}
