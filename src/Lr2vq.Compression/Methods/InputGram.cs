using System;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>Where the columns of a weight are cut into parts whose Grams are kept: groups of a convolution, and parts of what is too large.</summary>
/// <param name="Groups">Groups of the convolution; else 1.</param>
/// <param name="Columns">Columns of a group: inputs times taps.</param>
/// <param name="PartColumns">Columns of a part, in whole inputs; the last may have fewer.</param>
internal readonly record struct GramShape(int Groups, int Columns, int PartColumns)
{
    /// <summary>Parts of a group.</summary>
    public int Parts => (Columns + PartColumns - 1) / PartColumns;

    /// <summary>Bytes of the Grams, in double.</summary>
    public long Bytes => 8L * Groups * Columns * PartColumns;

    public int First(int part) => part * PartColumns;

    public int Length(int part) => Math.Min(PartColumns, Columns - part * PartColumns);

    /// <param name="most">Most columns of a part.</param>
    public static GramShape Of(TensorIdentity identity, int most)
    {
        CanonicalShape shape = identity.Canonical;
        int taps = shape.KernelHeight * shape.KernelWidth, columns = shape.Inputs * taps;
        int parts = Math.Max(1, (columns + most - 1) / most), inputs = (shape.Inputs + parts - 1) / parts;
        return new GramShape(identity.Groups, columns, inputs * taps);
    }
}

/// <summary>Σ x·xᵀ over the inputs that a weight meets, in parts of <see cref="GramShape"/>. Float sums over short blocks of samples, which are
/// added in double.</summary>
internal sealed unsafe class InputGram
{
    private readonly double[][] _parts;
    private readonly bool _isPaired;

    /// <param name="shape">Groups and parts.</param>
    /// <param name="isPaired">The columns of each part are two halves; products within the first are not wanted.</param>
    public InputGram(GramShape shape, bool isPaired = false)
    {
        (Shape, _isPaired) = (shape, isPaired);
        _parts = new double[shape.Groups * shape.Parts][];
        for (int i = 0; i < _parts.Length; i++)
        {
            long length = shape.Length(i % shape.Parts);
            _parts[i] = new double[length * length];
        }
    }

    /// <param name="shape">Groups and parts.</param>
    /// <param name="sums">Of each part of each group: the upper triangle of [columns, columns]. Kept, not copied.</param>
    /// <param name="count">Samples added.</param>
    public InputGram(GramShape shape, double[][] sums, long count) => (Shape, _parts, Count) = (shape, sums, count);

    public GramShape Shape { get; }

    /// <summary>Samples added.</summary>
    public long Count { get; private set; }

    /// <summary>The sums of a part: the upper triangle of [columns, columns].</summary>
    public ReadOnlySpan<double> Sums(int group, int part) => SumsOf(group, part);

    /// <summary>The same, where threads share it.</summary>
    public double[] SumsOf(int group, int part) => _parts[group * Shape.Parts + part];

    /// <summary>Adds samples.</summary>
    /// <param name="samples">[sample][group][columns of a group].</param>
    /// <param name="count">Samples; a few thousand at most, so that float sums stay exact enough.</param>
    /// <param name="cancellation">Looked at between panels.</param>
    public void Add(float* samples, int count, CancellationToken cancellation = default) => Add(samples, count, new Workers(1, cancellation));

    /// <summary>Adds samples, groups or panels side by side.</summary>
    public void Add(float* samples, int count, Workers workers)
    {
        if (count == 0) return;
        if (Shape.Groups > 1)
        {
            Workers alone = new(1, workers.Cancellation);
            workers.Run(Shape.Groups, _ => 1, group => AddGroup(samples, count, group, alone));
        }
        else AddGroup(samples, count, 0, workers);
        Count += count;
    }

    private void AddGroup(float* samples, int count, int group, Workers workers)
    {
        for (int part = 0; part < Shape.Parts; part++)
            Add(samples + (long)group * Shape.Columns + Shape.First(part), count, Shape.Length(part), _parts[group * Shape.Parts + part], workers);
    }

    /// <summary>Half of this and half of another Gram of the same columns, brought to the same trace.</summary>
    public InputGram MixedWith(InputGram other)
    {
        var mixed = new InputGram(Shape) { Count = Count };
        for (int i = 0; i < _parts.Length; i++)
        {
            int columns = Shape.Length(i % Shape.Parts);
            double own = Trace(_parts[i], columns), others = Trace(other._parts[i], columns);
            if (!(own > 0) || !(others > 0)) (own, others) = (1, 1);
            for (int k = 0; k < _parts[i].Length; k++) mixed._parts[i][k] = 0.5 * _parts[i][k] + 0.5 * other._parts[i][k] * (own / others);
        }
        return mixed;
    }

    private static double Trace(double[] sums, int columns)
    {
        double trace = 0;
        for (int i = 0; i < columns; i++) trace += sums[i * (columns + 1)];
        return trace;
    }

    private void Add(float* samples, int count, int columns, double[] sums, Workers workers)
    {
        int panels = (columns + PanelProduct.Lanes - 1) / PanelProduct.Lanes, others = _isPaired ? columns / 2 / PanelProduct.Lanes : 0;
        long panel = (long)count * PanelProduct.Lanes;
        float* packed = (float*)NativeMemory.AlignedAlloc((nuint)(panels * panel * sizeof(float)), 64);
        try
        {
            Pack(samples, count, columns, packed);
            workers.Run(panels, i => panels - Math.Max(i, others), i =>
            {
                float* tile = stackalloc float[PanelProduct.Lanes * PanelProduct.Lanes];
                for (int j = Math.Max(i, others); j < panels; j++)
                {
                    new Span<float>(tile, PanelProduct.Lanes * PanelProduct.Lanes).Clear();
                    PanelProduct.Add(packed + i * panel, packed + j * panel, count, tile);
                    Accumulate(tile, sums, columns, i * PanelProduct.Lanes, j * PanelProduct.Lanes);
                }
            });
        }
        finally
        {
            NativeMemory.AlignedFree(packed);
        }
    }

    /// <summary>Columns to panels of sixteen, the last filled up with zeros.</summary>
    private void Pack(float* samples, int count, int columns, float* packed)
    {
        for (int first = 0; first < columns; first += PanelProduct.Lanes)
        {
            int lanes = Math.Min(PanelProduct.Lanes, columns - first);
            float* from = samples + first;
            for (int k = 0; k < count; k++, from += (long)Shape.Groups * Shape.Columns, packed += PanelProduct.Lanes)
            {
                var row = new Span<float>(packed, PanelProduct.Lanes);
                new ReadOnlySpan<float>(from, lanes).CopyTo(row);
                row[lanes..].Clear();
            }
        }
    }

    private static void Accumulate(float* tile, double[] sums, int columns, int row, int column)
    {
        int rows = Math.Min(PanelProduct.Lanes, columns - row), width = Math.Min(PanelProduct.Lanes, columns - column);
        for (int i = 0; i < rows; i++)
        {
            Span<double> to = sums.AsSpan((row + i) * columns + column, width);
            float* from = tile + i * PanelProduct.Lanes;
            for (int j = 0; j < to.Length; j++) to[j] += from[j];
        }
    }
}
