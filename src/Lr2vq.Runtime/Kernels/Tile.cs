using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>What one register tile works on: a few vectors of output channels × a few pixels, summed over input channels and taps.
/// Strides are in floats.</summary>
/// <remarks>Three nested loops move <see cref="X"/> (outer, middle, inner), a fourth walks <see cref="Steps"/> neighbouring floats; the
/// weights are read straight on, 16 lanes a step. For a blocked convolution the loops are blocks of input channels, kernel rows, kernel
/// columns, and the channels of a block; for planar input they are channels, kernel rows, one, and kernel columns.</remarks>
internal unsafe struct Tile
{
    public float* X;
    public float* W;
    public float* Y;
    public float* Bias;
    /// <summary>Null, or a tensor with the strides of Y that is added before the activation; may be Y.</summary>
    public float* Residual;
    /// <summary>Between the panels of neighbouring blocks of 16 output channels.</summary>
    public long WBlock;
    /// <summary>Between blocks of 16 output channels in Y.</summary>
    public long YBlock;
    /// <summary>Between pixels in Y.</summary>
    public long YStep;
    /// <summary>For tiles that find each pixel by a table: where it lies from X. Other tiles step by a constant.</summary>
    public int* Offsets;
    /// <summary>Tiles side by side, done in one call.</summary>
    public int Count;
    public int Outer;
    public int Middle;
    public int Inner;
    public long XOuter;
    public long XMiddle;
    public long XInner;
    public int Steps;
    /// <summary>Steps in the last round of the outer loop.</summary>
    public int LastSteps;
    /// <summary>Begin with what is in Y instead of the bias.</summary>
    public bool Accumulate;
    public TileActivation Activation;
    /// <summary>Bounds of <see cref="TileActivation.Clamp"/>; what <see cref="TileActivation.HardSwish"/> adds.</summary>
    public float Low;
    public float High;
}

/// <summary>Activations that a tile applies before its only store; others follow in a pass over the row just written.</summary>
internal enum TileActivation
{
    None,
    Clamp,
    HardSwish,
}

/// <summary>Distance between the inputs of neighbouring output pixels, a constant in the code of a tile.</summary>
internal interface IPixelStep
{
    static abstract int Floats { get; }
}

/// <summary>Blocked input, stride 1.</summary>
internal readonly struct Step16 : IPixelStep
{
    public static int Floats { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 16; }
}

/// <summary>Blocked input, stride 2.</summary>
internal readonly struct Step32 : IPixelStep
{
    public static int Floats { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 32; }
}

/// <summary>Transformed input of <see cref="RowWinogradConv"/>.</summary>
internal readonly struct Step8 : IPixelStep
{
    public static int Floats { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 8; }
}

/// <summary>Planar input, stride 1.</summary>
internal readonly struct Step1 : IPixelStep
{
    public static int Floats { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1; }
}

/// <summary>Planar input, stride 2.</summary>
internal readonly struct Step2 : IPixelStep
{
    public static int Floats { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 2; }
}
