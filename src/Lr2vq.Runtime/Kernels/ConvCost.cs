using System;
using Lr2vq.Codecs;

namespace Lr2vq.Kernels;

/// <summary>What the time of a convolution is made of. A unit is a vector of 16 floats, or one of the things named.</summary>
internal enum CostPart
{
    /// <summary>The call itself.</summary>
    Call,
    /// <summary>A multiply-add in a register tile; tiles too small to hide its latency count as four.</summary>
    Multiply,
    /// <summary>Sixteen input channels of one tap and one register tile: the loop around the multiply-adds.</summary>
    Loop,
    /// <summary>A vector of weights or transformed values that comes from the second-level cache.</summary>
    Reload,
    /// <summary>A vector of the input, read and, where a kernel pads, copied.</summary>
    Input,
    /// <summary>A vector of the input that a strided pointwise convolution picks out.</summary>
    Pick,
    /// <summary>A vector of the output, stored with its epilogue.</summary>
    Output,
    /// <summary>A vector of weights of the dense format, read where it lies: it comes from memory, while others are multiplied.</summary>
    ReadDense,
    /// <summary>The same, decoded or copied.</summary>
    DecodeDense,
    /// <summary>A vector of weights from codes and a codebook.</summary>
    DecodeCodes,
    /// <summary>A vector of weights from levels and scales.</summary>
    DecodeLevels,
    /// <summary>Transforms of Winograd's tiles of 2×2, for 16 channels: of a patch or the products, of a kernel for one input channel.</summary>
    TileTwo, WeightTwo,
    /// <summary>The same for tiles of 4×4.</summary>
    TileFour, WeightFour,
    /// <summary>A multiply-add of <see cref="Kernels.Projection"/>.</summary>
    Shuffle,
    /// <summary>A multiply-add of a projection by tiles.</summary>
    ProjectTile,
    /// <summary>A vector of the input, transposed to rows of pixels; twice if a stride picks them first.</summary>
    TableInput,
    /// <summary>A multiply-add of the products of a table.</summary>
    TableMultiply,
    /// <summary>A vector of a table, written.</summary>
    TableStore,
    /// <summary>A vector of a table, added.</summary>
    TableAdd,
    /// <summary>A vector of sums, read and written between the tables of some groups and the next.</summary>
    TableSum,
}

/// <summary>How long a form of a convolution takes, from shapes and formats alone: the number of each <see cref="CostPart"/> times its cost,
/// added. Right enough to order the forms of one convolution; the time itself may be 20 % off.</summary>
/// <remarks>The costs are fitted to measured forms of real layers by <c>Lr2vq.Benchmarks -- costs</c>, which writes <c>ConvCost.g.cs</c>;
/// <c>-- choices</c> shows how good the choices are. Each vector width has its own costs.</remarks>
internal static unsafe partial class ConvCost
{
    public const int Parts = (int)CostPart.TableSum + 1;

    /// <summary>Panels of at most so many vectors are read from the first-level cache.</summary>
    private const long NearVectors = 384;

    /// <summary>Nanoseconds on the machine that was measured.</summary>
    public static double Of(ConvForm form, in ConvGeometry g, WeightTensor weight, Isa isa)
    {
        Span<double> counts = stackalloc double[Parts];
        Count(form, g, weight, isa, counts);
        return Sum(counts, isa);
    }

    /// <summary>Nanoseconds of so many parts.</summary>
    public static double Sum(ReadOnlySpan<double> counts, Isa isa)
    {
        ReadOnlySpan<double> costs = isa switch { Isa.Vector512 => Costs512, Isa.Vector256 => Costs256, _ => Costs128 };
        double sum = 0;
        for (int part = 0; part < Parts; part++) sum += counts[part] * costs[part];
        return sum;
    }

    /// <summary>The numbers of the parts.</summary>
    public static void Count(ConvForm form, in ConvGeometry g, WeightTensor weight, Isa isa, Span<double> counts)
    {
        counts.Clear();
        counts[(int)CostPart.Call] = 1;
        if (!form.Projected)
        {
            Count(form.Method, g, weight, isa, counts);
            return;
        }
        if (weight.AsFactors() is { } factors)
        {
            (ConvGeometry first, ConvGeometry second) = FactoredConv.Stages(g, factors);
            Count(form.Method, first, factors.First, isa, counts);
            Count(ConvMethod.Direct, second, factors.Second, isa, counts);
            return;
        }
        ProjectedWeight projected = weight.AsProjected()!;
        if (projected.Spatial)
        {
            ConvGeometry pointwise = SharedFilterConv.Narrow(g, projected);
            Count(ConvMethod.Direct, pointwise, projected.Narrow, isa, counts);
            // Filters are bound by loads: two for a multiply-add. The weights are put into another order.
            double filtered = Blocks(pointwise.InputChannels) * pointwise.InputHeight * pointwise.InputWidth * g.Batch;
            counts[(int)CostPart.Multiply] += 2 * filtered * projected.M;
            counts[(int)CostPart.Output] += filtered * (projected.M / g.Taps);
            counts[(int)CostPart.Reload] += projected.Narrow.Inputs * Blocks(g.OutputChannels);
            return;
        }
        ConvGeometry narrow = ProjectedConv.Narrow(g, projected);
        Count(form.Method, narrow, projected.Narrow, isa, counts);
        double pixels = (double)narrow.InputHeight * narrow.InputWidth * narrow.Batch, vectors = Blocks(narrow.InputChannels) * pixels;
        counts[(int)CostPart.Input] += Blocks(g.InputChannels) * pixels;
        if (isa == Isa.Vector512 && Projection.Serves(projected)) counts[(int)CostPart.Shuffle] += vectors * projected.M;
        else counts[(int)CostPart.ProjectTile] += vectors * ProjectedConv.Steps(projected);
    }

    private static void Count(ConvMethod method, in ConvGeometry g, WeightTensor weight, Isa isa, Span<double> counts)
    {
        double blocks = Blocks(g.OutputChannels), inputs = Blocks(g.InputChannels);
        if (method == ConvMethod.Table)
        {
            (double multiplied, double stored, double added, double summed) = TablePlan.WorkOf(g, TableCodes.Of(weight.AsByteCodebook()!), isa);
            double pixels = g.Taps == 1 ? (double)g.OutputHeight * g.OutputWidth : (double)g.InputHeight * g.InputWidth;
            counts[(int)CostPart.TableInput] += inputs * g.Batch * pixels * (g.StrideX == 1 ? 1 : 2);
            counts[(int)CostPart.Output] += blocks * g.Batch * g.OutputHeight * g.OutputWidth;
            counts[(int)CostPart.TableMultiply] += multiplied;
            counts[(int)CostPart.TableStore] += stored;
            counts[(int)CostPart.TableAdd] += added;
            counts[(int)CostPart.TableSum] += summed;
            // Strides make tables of several planes, which share the cache with little else.
            if (g.Taps > 1 && g.StrideX * g.StrideY > 1) counts[(int)CostPart.Reload] += added;
            return;
        }
        double decodes = 1;
        if (method == ConvMethod.Folded)
        {
            ConvGeometry folded = FoldedConv.Fold(g);
            double pixels = (double)folded.OutputWidth * folded.OutputHeight * g.Batch;
            Tiles(g.InputChannels * folded.Taps, 1, folded.OutputWidth, (double)g.OutputHeight * g.Batch, false, isa, counts);
            // Each tap has a copy of the pixels it meets; outputs are moved one by one.
            counts[(int)CostPart.Input] += inputs * g.Batch * g.InputHeight * g.InputWidth;
            counts[(int)CostPart.Pick] += (g.InputChannels <= 4 ? g.InputChannels : inputs) * folded.KernelWidth * (double)folded.OutputWidth * g.InputHeight * g.Batch;
            counts[(int)CostPart.Output] += pixels * (1 + g.OutputChannels);
            counts[(int)CostPart.Reload] += folded.Taps * (double)g.InputChannels;
            CountDecode(weight, decodes, counts);
            return;
        }
        counts[(int)CostPart.Output] += blocks * g.Batch * g.OutputHeight * g.OutputWidth;
        if (method is ConvMethod.WinogradTwo or ConvMethod.WinogradFour)
        {
            bool four = method == ConvMethod.WinogradFour;
            int size = four ? 4 : 2, points = (size + 2) * (size + 2);
            WinogradBlocks plan = WinogradBlocks.Of(g, size);
            if (!plan.KeepsWeights) decodes = plan.Parts;
            counts[(int)(four ? CostPart.TileFour : CostPart.TileTwo)] += (inputs + blocks) * plan.Tiles;
            counts[(int)(four ? CostPart.WeightFour : CostPart.WeightTwo)] += g.InputChannels * blocks * decodes;
            counts[(int)CostPart.Reload] += points * (inputs * plan.Tiles * ((blocks + 3) / 4) + blocks * plan.Tiles + g.InputChannels * blocks * plan.Parts);
            // Each block of tiles is a row of pixels.
            Tiles(g.InputChannels, (int)blocks, (plan.Tiles + plan.Parts - 1) / plan.Parts, points * plan.Parts, false, isa, counts);
        }
        else if (method == ConvMethod.RowWinograd)
        {
            // A product for each row and point; a tile's transforms cost about what one of a tile of 2×2 does.
            int tiles = (g.OutputWidth + RowWinograd.Outputs - 1) / RowWinograd.Outputs;
            double rows = (double)g.OutputHeight * g.Batch;
            counts[(int)CostPart.TileTwo] += blocks * tiles * rows;
            Tiles(2 * g.KernelHeight * g.InputChannels, (int)blocks, tiles, rows * RowWinograd.Points, false, isa, counts);
        }
        else
        {
            bool flat = g.Taps == 1 && g.StrideX == 1 && g.StrideY == 1;
            int width = flat ? g.OutputHeight * g.OutputWidth : g.OutputWidth, rows = flat ? 1 : g.OutputHeight;
            counts[(int)CostPart.Input] += inputs * g.Batch * g.InputHeight * g.InputWidth;
            if (g.Taps == 1 && !flat) counts[(int)CostPart.Pick] += inputs * g.Batch * g.OutputHeight * g.OutputWidth;
            Tiles(g.GroupInputs * g.Taps, (g.GroupOutputs + 15) / 16, width, (double)rows * g.Batch * g.Groups, g.Taps == 1 && width >= 784, isa, counts);
            if (weight.PanelAt(0, 0) != null && g.InputChannels > 4)
            {
                counts[(int)CostPart.ReadDense] += Vectors(weight);
                return;
            }
        }
        CountDecode(weight, decodes, counts);
    }

    /// <param name="times">How often the whole weight is decoded.</param>
    public static void CountDecode(WeightTensor weight, double times, Span<double> counts) => counts[(int)(weight.Format switch
    {
        TensorFormat.Dense => CostPart.DecodeDense,
        TensorFormat.Codebook or TensorFormat.LowRankCodebook or TensorFormat.Residual => CostPart.DecodeCodes,
        _ => CostPart.DecodeLevels,
    })] += Vectors(weight) * times;

    private static double Vectors(WeightTensor weight) => (double)weight.Columns * ((weight.Rows + 15) / 16);

    /// <summary>Rows of register tiles.</summary>
    /// <param name="steps">Multiply-adds for a vector of the output.</param>
    private static void Tiles(int steps, int blocks, int width, double rows, bool fewStreams, Isa isa, Span<double> counts)
    {
        (int most, int pixels) = Cut(blocks, fewStreams, isa);
        int tiles = (width + pixels - 1) / pixels, narrow = width / tiles, wider = width % tiles;
        for (int block = 0; block < blocks; block += most)
        {
            int b = Math.Min(most, blocks - block);
            counts[(int)CostPart.Multiply] += rows * steps * (wider * (double)Math.Max(4, b * (narrow + 1)) + (tiles - wider) * (double)Math.Max(4, b * narrow));
            counts[(int)CostPart.Loop] += rows * tiles * ((steps + 15) / 16);
            if (b * (long)steps > NearVectors) counts[(int)CostPart.Reload] += rows * tiles * b * steps;
        }
    }

    /// <summary>What <see cref="TileSet"/> does, but the same on every machine, for artifacts must not depend on where they are made.</summary>
    private static (int Blocks, int Pixels) Cut(int blocks, bool fewStreams, Isa isa)
    {
        if (isa != Isa.Vector512) return (1, isa == Isa.Vector256 ? 6 : 3);
        int most = fewStreams ? 2 : 4, tiles = (blocks + most - 1) / most, each = (blocks + tiles - 1) / tiles;
        return (each, each == 1 ? 14 : 7);
    }

    private static double Blocks(int channels) => (channels + 15) / 16;
}
