using System;

namespace Lr2vq.Data;

/// <summary>What a file of data is, by its name.</summary>
internal enum DataFileKind
{
    Unknown,
    /// <summary><c>.npy</c>.</summary>
    Array,
    /// <summary><c>.npz</c>.</summary>
    Arrays,
    /// <summary>PNG, JPEG, BMP.</summary>
    Picture,
    /// <summary><c>.wav</c>.</summary>
    Sound,
}

/// <summary>Tells kinds of files apart.</summary>
internal static class DataFileKinds
{
    /// <summary>The kinds, for people.</summary>
    public const string Text = ".npy and .npz arrays, PNG, JPEG and BMP pictures, .wav sound";

    public static DataFileKind Of(string path) =>
        PictureFile.IsPictureName(path) ? DataFileKind.Picture
        : EndsWith(path, ".npy") ? DataFileKind.Array
        : EndsWith(path, ".npz") ? DataFileKind.Arrays
        : EndsWith(path, ".wav") ? DataFileKind.Sound
        : DataFileKind.Unknown;

    private static bool EndsWith(string path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);
}
