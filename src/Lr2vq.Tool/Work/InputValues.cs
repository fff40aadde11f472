using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Plans;

namespace Lr2vq.Tool.Work;

/// <summary>Collects the values of a network's inputs from files, pictures and random numbers.</summary>
internal sealed class InputValues(IReadOnlyList<PlanPort> ports, DiagnosticBag bag)
{
    private const long MaxRandomBytes = 1L << 31;
    private const string ShapeExample = "x=1,3,48,320";
    private readonly NpyFile?[] _values = new NpyFile?[ports.Count];
    private readonly int[]?[] _shapes = new int[ports.Count][];
    private readonly string[] _files = new string[ports.Count];
    private bool _isMisnamed;

    /// <summary>For pictures.</summary>
    public PreProcessing Pictures { get; init; } = PreProcessing.None;

    /// <summary>Null: an input without a value is an error.</summary>
    public int? RandomSeed { get; init; }

    /// <summary>Lengths of symbolic dimensions, by the symbols of the Plan.</summary>
    public IReadOnlyDictionary<string, long> Dimensions { get; init; } = new Dictionary<string, long>();

    /// <summary>In the order of the inputs, when <see cref="Finish"/> was content.</summary>
    public IReadOnlyList<NpyFile> Values => _values!;

    /// <summary>The files that were read.</summary>
    public IEnumerable<string> Files => _files.Where(f => f is not null);

    /// <param name="words"><c>NAME=1,3,48,320</c>.</param>
    public void TakeShapes(IEnumerable<string> words)
    {
        foreach (string word in words)
        {
            if (Split(word, "--shape", out string shape) is not { } index) continue;
            string[] parts = shape.Split(',', 'x');
            int[] extents = new int[parts.Length];
            bool good = true;
            for (int i = 0; i < parts.Length; i++) good &= int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out extents[i]);
            if (good) _shapes[index] = extents;
            else RefuseShape(word);
        }
    }

    /// <param name="words"><c>NAME=FILE</c>.</param>
    /// <param name="option">The option they were given with.</param>
    public void TakeFiles(IEnumerable<string> words, string option)
    {
        foreach (string word in words)
            if (Split(word, option, out string file) is { } index) TakeFile(index, file);
    }

    /// <summary>A value that was read already.</summary>
    /// <param name="index">The input.</param>
    /// <param name="value">Its value.</param>
    /// <param name="file">Where it is from.</param>
    public void Take(int index, NpyFile value, string file) => (_values[index], _files[index]) = (value, file);

    public void TakeFile(int index, string file)
    {
        _files[index] = file;
        PlanPort port = ports[index];
        try
        {
            NpyFile value = PictureFile.IsPictureName(file) ? ReadPicture(index, file) : NpyFile.Read(file);
            if (value.Type == ArrayTypes.Stored(port.Type)) value = value with { Type = port.Type };
            _values[index] = value;
            if (value.Type != port.Type) Refuse(index, file, $"it holds {value.Type}, the input wants {port.Type}");
            else if (value.Shape.Length != port.Shape.Count)
                Refuse(index, file, $"it has the shape [{string.Join(',', value.Shape)}], the input wants [{string.Join(',', port.Shape)}]");
            else if (_shapes[index] is { } shape && !shape.SequenceEqual(value.Shape))
                Refuse(index, file, $"it has the shape [{string.Join(',', value.Shape)}], --shape says [{string.Join(',', shape)}]");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or NotSupportedException or OverflowException)
        {
            Refuse(index, file, problem.Message.TrimEnd('.'));
        }
    }

    /// <summary>The input that <c>NAME=…</c> names; a name may hold equals signs. Null, with a diagnostic, if there is none.</summary>
    public int? Split(string word, string option, out string value)
    {
        for (int i = 0; i < ports.Count; i++)
            if (word.StartsWith(ports[i].Name + "=", StringComparison.Ordinal))
            {
                value = word[(ports[i].Name.Length + 1)..];
                return i;
            }
        value = word;
        // The one input need not be named; what begins with an existing name of a file is no name of an input.
        if (ports.Count == 1 && (!word.Contains('=') || Path.Exists(word))) return 0;
        string[] names = [.. ports.Select(p => p.Name)];
        string name = word.Split('=')[0];
        _isMisnamed = true;
        bag.Add(DiagnosticCatalogue.InputUnknown.At(new DiagnosticPlace { Option = option }, name, string.Join(", ", names), Spelling.Hint(name, names)));
        return null;
    }

    /// <summary>Fills what has no value yet; false if there is a diagnostic of severity error.</summary>
    public bool Finish()
    {
        for (int i = 0; i < ports.Count; i++)
        {
            if (_values[i] is not null) continue;
            if (RandomSeed is { } seed) _values[i] = MakeRandom(i, seed + i);
            // A file that was refused, or one for an input that there is not, has its own diagnostic.
            else if (_files[i] is null && !_isMisnamed) bag.Add(DiagnosticCatalogue.InputMissing.At(default, ports[i].Name, $"{ports[i].Type} [{string.Join(',', ports[i].Shape)}]"));
        }
        return !bag.HasErrors;
    }

    /// <summary>Gives the values to a session; false, with a diagnostic, if it does not take them.</summary>
    /// <param name="session">A session of a network with these inputs.</param>
    /// <param name="order">For each input its number in the session's network; null for the same order.</param>
    public bool TryGive(ModelSession session, IReadOnlyList<int>? order = null)
    {
        for (int i = 0; i < ports.Count; i++)
        {
            try
            {
                session.SetInputBytes(order?[i] ?? i, _values[i]!.Bytes, _values[i]!.Shape);
            }
            catch (ArgumentException problem)
            {
                Refuse(i, _files[i] ?? "--shape", problem.Message.Split(" (Parameter")[0].TrimEnd('.'));
            }
        }
        return !bag.HasErrors;
    }

    private void Refuse(int index, string file, string why) =>
        bag.Add(DiagnosticCatalogue.InputUnreadable.At(new DiagnosticPlace(file), file, ports[index].Name, why));

    private void RefuseShape(string word) =>
        bag.Add(DiagnosticCatalogue.OptionListInvalid.At(new DiagnosticPlace { Option = "--shape" }, "--shape", word, ShapeExample));

    private NpyFile ReadPicture(int index, string file)
    {
        PlanPort port = ports[index];
        PicturePort picture = PicturePort.Of(port, Pictures.Layout) ?? throw new InvalidDataException($"the input [{string.Join(',', port.Shape)}] of {port.Type} takes no picture");
        return new PictureReader(Pictures, port).Read(file, Extent(index, picture.HeightAxis), Extent(index, picture.WidthAxis));
    }

    /// <summary>A length of an input; null if nobody said it.</summary>
    private int? Extent(int index, int axis)
    {
        PlanPort port = ports[index];
        if (_shapes[index] is { } shape && shape.Length == port.Shape.Count) return shape[axis];
        if (axis >= port.Shape.Count) return null;
        Dimension dimension = port.Shape[axis];
        if (dimension.IsConstant) return checked((int)dimension.Value);
        return Dimensions.TryGetValue(dimension.ToString(), out long length) ? checked((int)length) : null;
    }

    private NpyFile? MakeRandom(int index, int seed)
    {
        PlanPort port = ports[index];
        int[]? shape = _shapes[index];
        int?[] extents = [.. Enumerable.Range(0, port.Shape.Count).Select(axis => Extent(index, axis))];
        // A lone symbol in front is the batch, one picture will do; other symbols have to be chosen.
        if (shape is null && extents.Skip(1).All(e => e is not null)) shape = [.. extents.Select(e => e ?? 1)];
        if (shape is null)
        {
            bag.Add(DiagnosticCatalogue.InputMissing.At(default, port.Name, $"{port.Type} [{string.Join(',', port.Shape)}]; give its --shape"));
            return null;
        }
        double length = shape.Aggregate(1.0, (product, extent) => product * extent) * ElementTypes.ByteLength(port.Type);
        if (length > MaxRandomBytes || port.Type is ElementType.String)
        {
            RefuseShape($"{port.Name}={string.Join(',', shape)}");
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
        else if (ElementTypes.IsNarrow(port.Type))
            foreach (ref byte value in bytes.AsSpan()) value = NarrowInputs.Random(port.Type, random);
        else
            for (int i = 0; i < bytes.Length; i += ElementTypes.ByteLength(port.Type)) bytes[i] = (byte)random.Next(2);
        return new NpyFile(port.Type, shape, bytes);
    }
}
