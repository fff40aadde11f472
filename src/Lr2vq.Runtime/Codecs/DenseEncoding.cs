namespace Lr2vq.Codecs;

/// <summary>How a <see cref="TensorFormat.Dense"/> f32 tensor holds its values. The numbers are written to files.</summary>
internal enum DenseEncoding
{
    /// <summary>4 bytes a weight, exact.</summary>
    Fp32 = 0,
    /// <summary>2 bytes a weight, rounded to nearest.</summary>
    Fp16 = 1,
    /// <summary>2 bytes a weight: the upper half of fp32, rounded to nearest even.</summary>
    BFloat16 = 2,
    /// <summary>1 byte a weight and an f16 scale for each row.</summary>
    Int8 = 3,
    /// <summary>fp32, exact: four planes of bytes, each entropy-coded where that is shorter.</summary>
    Planes = 4,
}
